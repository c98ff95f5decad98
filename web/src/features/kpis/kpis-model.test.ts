import { describe, expect, it } from 'vitest';
import { kpiText, sparkLines } from './kpis-model';

describe('kpiText', () => {
  const text = (value: string | null, unit: string | null) => kpiText(value, unit, 'GBP', 'en-GB');
  it('writes each unit its own way', () => {
    expect(text('1204.10', 'money')).toBe('£1,204.10');
    expect(text('0.026667', 'share')).toBe('2.67%');
    expect(text('3.5', 'ratio')).toBe('3.50×');
    expect(text('-1234', 'count')).toBe('−1,234');
  });
  it('keeps every digit of what it does not know', () => {
    expect(text('9007199254740993.25', null)).toBe('9,007,199,254,740,993.25');
    expect(text(null, 'money')).toBe('–');
  });
});

describe('sparkLines', () => {
  it('goes from the lowest to the highest and leaves gaps', () => {
    expect(sparkLines(['0', '10', null, '5'], 30, 10)).toEqual(['0,10 10,0', '30,5']);
  });
  it('draws what never changes in the middle, and nothing of one point', () => {
    expect(sparkLines(['4', '4'], 10, 10)).toEqual(['0,5 10,5']);
    expect(sparkLines(['4'], 10, 10)).toEqual([]);
    expect(sparkLines([null, null], 10, 10)).toEqual([]);
  });
});

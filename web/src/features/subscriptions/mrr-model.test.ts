import { describe, expect, it } from 'vitest';
import type { MrrBridge } from '@/api/types';
import { mrrBars } from './mrr-model';

const step = (key: string, sign: string, amount: string) => ({ key, sign, amount, count: 1, formula: '' });

describe('the bridge of recurring revenue', () => {
  it('leads from the opening to the closing, and leaves rates out where they did nothing', () => {
    const bridge: MrrBridge = {
      currency: 'GBP',
      steps: [
        step('opening', '=', '50.00'),
        step('new', '+', '50.00'),
        step('reactivation', '+', '0.00'),
        step('expansion', '+', '5.00'),
        step('contraction', '-', '3.00'),
        step('churn', '-', '20.00'),
        step('fx', '+', '0.00'),
        step('closing', '=', '82.00'),
      ],
    };
    const bars = mrrBars(bridge);
    expect(bars.map((bar) => [bar.key, bar.base, bar.positive])).toEqual([
      ['opening', 0, 50],
      ['new', 50, 50],
      ['reactivation', 100, 0],
      ['expansion', 100, 5],
      ['contraction', 102, 3],
      ['churn', 82, 20],
      ['closing', 0, 82],
    ]);
    expect(bars.find((bar) => bar.key === 'churn')?.amount).toBe('-20.00');
  });
});

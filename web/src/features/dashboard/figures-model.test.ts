import { describe, expect, it } from 'vitest';
import type { LadderRow } from '@/api/types';
import { changeOf, FIGURES, type Figure } from './figures-model';

const row = (over: Partial<LadderRow>) =>
  ({ net_profit: '0', net_revenue: '0', ad_spend: '0', margin: null, mer: null, ...over }) as LadderRow;
const figure = (key: string) => FIGURES.find((one) => one.key === key) as Figure;

describe('headline figures', () => {
  it('says what changed and whether that is good', () => {
    const before = row({ net_profit: '100.00', ad_spend: '40', margin: '0.2000', mer: '4.0000' });
    const now = row({ net_profit: '112.50', ad_spend: '50', margin: '0.1875', mer: '3.0000' });
    expect(changeOf(figure('net_profit'), now, before)).toEqual({
      text: '+12.5%',
      direction: 1,
      tone: 'gain',
    });
    expect(changeOf(figure('margin'), now, before)).toEqual({
      text: '−1.3 pts',
      direction: -1,
      tone: 'loss',
    });
    expect(changeOf(figure('ad_spend'), now, before)).toEqual({
      text: '+25.0%',
      direction: 1,
      tone: 'neutral',
    });
    expect(changeOf(figure('mer'), now, before)?.text).toBe('−25.0%');
  });
  it('stays silent where there is nothing to compare with', () => {
    expect(changeOf(figure('mer'), row({ mer: '2.0' }), row({ mer: null }))).toBeNull();
    expect(changeOf(figure('net_profit'), row({ net_profit: '5' }), row({ net_profit: '0.00' }))).toBeNull();
  });
});

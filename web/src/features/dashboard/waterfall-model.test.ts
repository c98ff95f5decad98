import { describe, expect, it } from 'vitest';
import type { LadderRow } from '@/api/types';
import { segment, waterfallBars } from './waterfall-model';

describe('waterfall', () => {
  it('splits bars at zero', () => {
    expect(segment('100', '60')).toEqual({ base: 60, positive: 40, negative: 0 });
    expect(segment('-10', '-35')).toEqual({ base: -10, positive: 0, negative: -25 });
    expect(segment('20', '-5')).toEqual({ base: 0, positive: 20, negative: -5 });
    expect(segment('0', '-3.45')).toEqual({ base: 0, positive: 0, negative: -3.45 });
  });
  it('leaves out empty steps and ends in net profit', () => {
    const total = {
      gross_sales: '100.00',
      discounts: '0.00',
      returns: '100.00',
      net_sales: '0.00',
      shipping_income: '5.00',
      other_income: '0.00',
      net_revenue: '5.00',
      cogs: '0.00',
      cm1: '5.00',
      shipping_costs: '4.50',
      payment_fees: '3.95',
      cm2: '-3.45',
      ad_spend: '0.00',
      operating_costs: '0.00',
      net_profit: '-3.45',
    } as LadderRow;
    const bars = waterfallBars(total);
    expect(bars.map((bar) => bar.key)).toEqual([
      'gross_sales',
      'returns',
      'shipping_income',
      'net_revenue',
      'cogs',
      'shipping_costs',
      'payment_fees',
      'ad_spend',
      'net_profit',
    ]);
    expect(bars.find((bar) => bar.key === 'payment_fees')).toMatchObject({
      base: 0,
      positive: 0.5,
      negative: -3.45,
    });
    expect(bars.at(-1)).toMatchObject({ base: 0, negative: -3.45 });
  });
});

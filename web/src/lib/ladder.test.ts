import { describe, expect, it } from 'vitest';
import type { LadderRow } from '@/api/types';
import { estimatedCogs, intoBuckets, marginBy, ordersOf, profitBand, resultOf, STEPS, total } from './ladder';
import { add, subtract } from './decimal';

function row(day: string, over: Partial<LadderRow> = {}): LadderRow {
  return {
    day,
    orders: 1,
    gross_sales: '100.00',
    discounts: '0.00',
    returns: '0.00',
    net_sales: '100.00',
    shipping_income: '5.00',
    other_income: '0.00',
    net_revenue: '105.00',
    cogs: '35.00',
    cm1: '70.00',
    shipping_costs: '4.50',
    payment_fees: '3.95',
    cm2: '61.55',
    ad_spend: '30.00',
    operating_costs: '0.00',
    net_profit: '31.55',
    margin: '0.3005',
    mer: '3.5000',
    cost_coverage: '1.0000',
    cogs_low: '35.00',
    cogs_high: '35.00',
    provisional: false,
    ...over,
  };
}

describe('ladder', () => {
  it('walks by its signs from gross sales to net profit', () => {
    const sample = row('2026-11-01') as unknown as Record<string, string>;
    let running = '0';
    for (const step of STEPS) {
      const amount = sample[step.key] ?? '';
      if (step.sign === '=') expect(Number(amount), step.key).toBe(Number(running));
      else running = step.sign === '+' ? add(running, amount) : subtract(running, amount);
    }
  });
  it('adds days to weeks exactly and takes ratios of sums', () => {
    const rows = [
      row('2026-11-15'),
      row('2026-11-16', { net_profit: '0.10' }),
      row('2026-11-17', { net_profit: '0.20', provisional: true }),
    ];
    const weeks = intoBuckets(rows, 'week');
    expect(weeks.map((week) => week.day)).toEqual(['2026-11-09', '2026-11-16']);
    expect(weeks[1]).toMatchObject({
      orders: 2,
      net_profit: '0.30',
      net_revenue: '210.00',
      margin: '0.0014',
      mer: '3.5000',
      provisional: true,
    });
    expect(intoBuckets(rows, 'day')).toHaveLength(3);
  });
  it('has no margin where nothing was earned', () => {
    const refunds = total(
      [row('2026-11-01', { net_revenue: '-120.00', net_profit: '-3.45', ad_spend: '0.00' })],
      '2026-11-01',
    );
    expect(refunds.margin).toBeNull();
    expect(refunds.mer).toBeNull();
  });
  it('shows the band of estimated costs', () => {
    const estimated = row('2026-11-01', {
      cogs: '40.00',
      net_profit: '26.55',
      cogs_low: '0.00',
      cogs_high: '100.00',
    });
    expect(estimatedCogs(estimated)).toBe('40.00');
    expect(profitBand(estimated)).toEqual({ low: '-33.45', high: '66.55' });
    expect(profitBand(row('2026-11-01'))).toBeNull();
  });
});

describe('another definition', () => {
  const definition = {
    profile: { id: 'seed', label: 'Naive formula', source: '', notes: [] },
    basis: 'order_day',
    revenue_label: 'Revenue',
    result_label: 'Profit',
  };
  const told = { orders: 2, revenue: '126.00', result: '31.50', margin: '0.2500', roas: null };

  it('is followed row by row and adds up', () => {
    const rows = [row('2026-11-01', { told }), row('2026-11-02', { told })];
    const whole = total(rows, '2026-11-01');
    expect(resultOf(whole, definition)).toBe('63.00');
    expect(ordersOf(whole, definition)).toBe(4);
    expect(marginBy(whole, definition)).toBe('0.2500');
    expect(resultOf(whole, undefined)).toBe(whole.net_profit);
  });

  it('says nothing while one of the rows is being computed anew', () => {
    expect(total([row('2026-11-01', { told }), row('2026-11-02')], '2026-11-01').told).toBeUndefined();
  });
});

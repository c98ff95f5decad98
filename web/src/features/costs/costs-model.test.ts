import { describe, expect, it } from 'vitest';
import type { UnitCost } from '@/api/types';
import { costLines, effectMonths, holds, period, ruleAmount, ruleConditions } from './costs-model';

function row(change: Partial<UnitCost>): UnitCost {
  return {
    id: 'cost-book/1',
    scope: 'sku',
    scope_id: 'COAT',
    country: null,
    min_quantity: 1,
    unit_cost: '12.50',
    currency: 'GBP',
    valid_from: null,
    valid_to: null,
    kind: 'actual',
    recorded_at: '2026-01-01T00:00:00Z',
    source: 'shop',
    recorded_by: null,
    note: null,
    replaces: null,
    withdrawn: false,
    counts: true,
    ...change,
  };
}

describe('the cost book', () => {
  it('shows the row that holds on the day, and all that was recorded', () => {
    const rows = [
      row({ id: 'a' }),
      row({ id: 'b', unit_cost: '14.00', valid_from: '2026-03-01', recorded_at: '2026-03-01T09:00:00Z' }),
      row({
        id: 'c',
        unit_cost: '9.00',
        valid_from: '2026-02-01',
        valid_to: '2026-02-28',
        recorded_at: '2026-02-01T09:00:00Z',
      }),
      row({ id: 'd', unit_cost: '99.00', kind: 'estimate', valid_from: '2026-04-01' }),
    ];
    const at = (day: string) => costLines(rows, day)[0]?.current?.unit_cost;
    expect(at('2026-01-15')).toBe('12.50');
    expect(at('2026-02-15')).toBe('9.00');
    expect(at('2026-03-01')).toBe('14.00');
    expect(at('2026-05-01')).toBe('14.00');
    expect(costLines(rows, '2026-03-01')[0]?.history.map((one) => one.id)).toEqual(['b', 'c', 'a', 'd']);
  });

  it('keeps countries and tiers apart, and finds by title and id', () => {
    const rows = [
      row({ title: 'Wool coat / M' }),
      row({ country: 'DE' }),
      row({ min_quantity: 10 }),
      row({ scope: 'shop', scope_id: '', counts: false }),
    ];
    expect(costLines(rows, '2026-01-01').length).toBe(4);
    expect(costLines(rows, '2026-01-01').at(-1)?.current).toBeUndefined();
    expect(costLines(rows, '2026-01-01', 'wool').length).toBe(1);
    expect(costLines(rows, '2026-01-01', 'coat').length).toBe(3);
  });

  it('does not count what was taken back', () => {
    expect(holds(row({ counts: false }), '2026-01-01')).toBe(false);
    expect(holds(row({ valid_to: '2026-01-31' }), '2026-02-01')).toBe(false);
  });
});

describe('words for costs', () => {
  it('says how much a rule is and what it applies to', () => {
    const fee = { kind: 'payment_fee', terms: { percent: '2.9', fixed: '0.3', gateway: 'card' } };
    expect(ruleAmount(fee)).toBe('2.9 % + 0.3 per payment');
    expect(ruleConditions(fee)).toBe('by card');
    const rent = { kind: 'operating', terms: { amount: '1000', every: 'month', category: 'rent' } };
    expect([ruleAmount(rent), ruleConditions(rent)]).toEqual(['1000 per month', 'rent']);
  });

  it('says when a row holds', () => {
    expect(period(null, null)).toBe('since ever');
    expect(period('2026-03-01', null)).toBe('from 2026-03-01');
    expect(period('2026-03-01', '2026-03-31')).toBe('2026-03-01 to 2026-03-31');
    expect(period(undefined, '2026-03-31')).toBe('until 2026-03-31');
  });

  it('names the months that a change touches', () => {
    const of = (...months: string[]) => ({
      orders: 1,
      net_profit: '0',
      months: months.map((month) => ({ month })),
    });
    expect(effectMonths(of(), 'en-GB')).toBe('');
    expect(effectMonths(of('2026-03-01'), 'en-GB')).toBe('March 2026');
    expect(effectMonths(of('2026-03-01', '2026-05-01'), 'en-GB').replaceAll(/\s/g, ' ')).toMatch(
      /^March ?– ?May 2026$/,
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { StreamCompleteness } from '@/api/types';
import { checkedAt, checkedThrough, differenceInWords, differs, inWords } from './completeness';

const check = (more: Partial<StreamCompleteness>): StreamCompleteness => ({
  stream: 'orders',
  state: 'ok',
  ours: 1234,
  theirs: 1234,
  differences: 0,
  checked_at: '2026-03-31T12:00:00Z',
  through: '2026-03-31T11:55:00Z',
  note: null,
  ...more,
});

describe('completeness', () => {
  it('says both numbers', () => {
    expect(inWords(check({}))).toEqual({ tone: 'good', words: '1,234 of 1,234 orders' });
    expect(inWords(check({ state: 'healed' })).words).toContain('read again');
  });

  it('says on how many days the two differ', () => {
    const found = inWords(check({ state: 'differs', ours: 1230, differences: 3 }));
    expect(found).toEqual({ tone: 'bad', words: '1,230 of 1,234 orders: they differ on 3 days' });
    expect(inWords(check({ state: 'differs', ours: 1233, differences: 1 })).words).toContain('one day');
  });

  it('never claims what was not checked', () => {
    const found = inWords(
      check({ state: 'not_checkable', ours: null, theirs: null, note: 'nothing is counted' }),
    );
    expect(found).toEqual({ tone: 'calm', words: 'Orders cannot be checked: nothing is counted' });
    expect(checkedAt([check({ state: 'not_checkable' })])).toBeNull();
  });

  it('compares sums where there are no counts', () => {
    const sums = { stream: 'insights', ours: null, theirs: null };
    expect(inWords(check(sums)).words).toBe('Sums of insights agree');
    expect(inWords(check({ ...sums, state: 'differs', differences: 2 })).words).toContain('differ on 2 days');
  });

  it('names every difference with both numbers', () => {
    expect(differs([check({})])).toBe(false);
    expect(differs([check({}), check({ state: 'differs' })])).toBe(true);
    const row = {
      connection_id: 'shopify',
      stream: 'orders',
      measure: 'count',
      day: '2026-03-12',
      until_day: '2026-03-12',
      ours_count: 1001,
      theirs_count: 1002,
      checked_at: '2026-03-31T12:00:00Z',
      state: 'differs',
    };
    expect(differenceInWords(row)).toMatch(/2026, orders: 1,001 here, 1,002 there$/);
    const spend = { ...row, stream: 'insights', measure: 'spend', ours_sum: '9.50', theirs_sum: '10.00' };
    expect(differenceInWords({ ...spend, ours_count: null, theirs_count: null, currency: 'USD' })).toMatch(
      /spend of insights: 9.50 USD here, 10.00 USD there$/,
    );
    expect(differenceInWords({ ...row, day: null, until_day: null })).toMatch(/^In all, orders/);
  });

  it('is whole only as far as every stream is', () => {
    const late = check({ through: '2026-03-31T12:30:00Z' });
    expect(checkedThrough([late, check({}), check({ state: 'not_checkable', through: null })])).toBe(
      '2026-03-31T11:55:00Z',
    );
    expect(checkedThrough([check({ through: null })])).toBeNull();
  });

  it('takes the latest check', () => {
    expect(checkedAt([check({}), check({ checked_at: '2026-04-01T00:00:00Z' })])).toBe(
      '2026-04-01T00:00:00Z',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { parseSearch } from './search';

describe('the address', () => {
  it('keeps what it understands', () => {
    const search = {
      from: '2026-10-01',
      to: '2026-10-31',
      compare: 'year',
      grain: 'week',
      q: '1001',
      order: 'o1',
    };
    expect(parseSearch(search)).toEqual(search);
    expect(parseSearch({ q: 1001 })).toEqual({ q: '1001' });
  });
  it('drops nonsense instead of failing', () => {
    expect(
      parseSearch({ from: '2026-10-31', to: '2026-10-01', sort: 'drop table', dir: 'up', q: '' }),
    ).toEqual({});
    expect(parseSearch({ from: '2026-02-30', to: '2026-03-01' })).toEqual({});
    expect(parseSearch({ from: '2026-02-01' })).toEqual({});
  });
});

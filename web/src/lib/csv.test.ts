import { describe, expect, it } from 'vitest';
import { toCsv } from './csv';

describe('csv', () => {
  it('quotes what needs quotes and leaves decimals as they are', () => {
    expect(
      toCsv(
        ['order', 'net_profit'],
        [
          ['#1,001', '-3.45'],
          ['say "hi"', '12345678901234567.89'],
        ],
      ),
    ).toBe('order,net_profit\r\n"#1,001",-3.45\r\n"say ""hi""",12345678901234567.89\r\n');
  });
  it('keeps missing apart from zero', () => {
    expect(
      toCsv(
        ['margin', 'orders'],
        [
          [null, 0],
          [undefined, 1],
        ],
      ),
    ).toBe('margin,orders\r\n,0\r\n,1\r\n');
  });
  it('defuses formulas but not negative amounts', () => {
    expect(toCsv(['a'], [['=1+1'], ['-2.50'], ['-cmd'], ['@x'], ['line\nbreak']])).toBe(
      `a\r\n'=1+1\r\n-2.50\r\n'-cmd\r\n'@x\r\n"line\nbreak"\r\n`,
    );
  });
});

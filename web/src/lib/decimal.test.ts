import { describe, expect, it } from 'vitest';
import {
  absolute,
  add,
  compare,
  divide,
  isDecimal,
  negate,
  relativeChange,
  signOf,
  subtract,
  sum,
} from './decimal';

describe('exact decimals', () => {
  it('keeps every digit where floats lose them', () => {
    expect(add('0.1', '0.2')).toBe('0.3');
    expect(add('12345678901234567.89', '0.01')).toBe('12345678901234567.90');
    expect(subtract('1', '0.999999999999999999')).toBe('0.000000000000000001');
    expect(sum(Array.from({ length: 1000 }, () => '0.10'))).toBe('100.00');
    expect(sum([])).toBe('0');
  });
  it('handles signs and scales', () => {
    expect(subtract('1.5', '3')).toBe('-1.5');
    expect(negate('-0.05')).toBe('0.05');
    expect(negate('0.00')).toBe('0.00');
    expect(absolute('-3.10')).toBe('3.10');
    expect(add('-0.25', '0.20')).toBe('-0.05');
    expect([signOf('-0.01'), signOf('0.000'), signOf('7')]).toEqual([-1, 0, 1]);
    expect(compare('10.0', '9.99')).toBe(1);
    expect(compare('1.0', '1.00')).toBe(0);
  });
  it('rounds ratios half away from zero and refuses to divide by nothing', () => {
    expect(divide('1', '3')).toBe('0.3333');
    expect(divide('2', '3')).toBe('0.6667');
    expect(divide('1', '8', 2)).toBe('0.13');
    expect(divide('-1', '8', 2)).toBe('-0.13');
    expect(divide('61.55', '105')).toBe('0.5862');
    expect(divide('5', '0.00')).toBeNull();
  });
  it('measures change against the size of the earlier figure', () => {
    expect(relativeChange('110', '100')).toBe('0.1000');
    expect(relativeChange('50', '-50')).toBe('2.0000');
    expect(relativeChange('-75', '-50')).toBe('-0.5000');
    expect(relativeChange('5', '0')).toBeNull();
  });
  it('knows what is not a decimal', () => {
    expect(isDecimal('1e5')).toBe(false);
    expect(isDecimal('-12.50')).toBe(true);
    expect(() => add('12,5', '1')).toThrow('not a decimal');
  });
});

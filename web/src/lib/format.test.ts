import { describe, expect, it } from 'vitest';
import { axisMoney, count, money, multiple, percent, sentenceCase, titleCase } from './format';

const en = { locale: 'en-GB' };

describe('money', () => {
  it('shows every digit of a value that a float would round', () => {
    expect(money('12345678901234567.89', 'GBP', en)).toBe('£12,345,678,901,234,567.89');
    expect(money('0.123456789012345678', 'GBP', en)).toBe('£0.123456789012345678');
  });
  it('follows the currency and not a habit of two digits', () => {
    expect(money('1204.1', 'GBP', en)).toBe('£1,204.10');
    expect(money('1204', 'JPY', en)).toBe('¥1,204');
    expect(money('1.250', 'KWD', en)).toContain('1.250');
    expect(money('19.990000', 'GBP', en)).toBe('£19.99');
  });
  it('drops pennies from headlines of a thousand and more, and rounds', () => {
    expect(money('999.99', 'GBP', { ...en, digits: 'figure' })).toBe('£999.99');
    expect(money('1204.50', 'GBP', { ...en, digits: 'figure' })).toBe('£1,205');
    expect(money('-20500.10', 'GBP', { ...en, digits: 'figure' })).toBe('−£20,500');
  });
  it('carries the sign', () => {
    expect(money('-3.45', 'GBP', en)).toBe('−£3.45');
    expect(money('3.45', 'GBP', { ...en, signed: true })).toBe('+£3.45');
    expect(money('0.00', 'GBP', { ...en, signed: true })).toBe('£0.00');
  });
  it('speaks the locale', () => {
    expect(money('1204.10', 'EUR', { locale: 'de-DE' })).toMatch(/^1\.204,10\s€$/);
  });
  it('shortens on axes', () => {
    expect(axisMoney(12500, 'GBP', 'en-GB')).toBe('£12.5k');
    expect(axisMoney(-2_000_000, 'GBP', 'en-GB')).toBe('−£2m');
  });
});

describe('ratios, counts and names', () => {
  it('prints them', () => {
    expect(percent('0.1834', en)).toBe('18.3%');
    expect(percent('0.05', { ...en, signed: true })).toBe('+5.0%');
    expect(percent('-0.9999', { ...en, digits: 0 })).toBe('−100%');
    expect(multiple('3.5123', 'en-GB')).toBe('3.51×');
    expect(count(69659, 'en-GB')).toBe('69,659');
    expect(titleCase('meta_ads')).toBe('Meta Ads');
    expect(sentenceCase('estimate_ratio')).toBe('Estimate ratio');
  });
});

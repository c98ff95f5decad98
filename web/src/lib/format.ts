/**
 * Turns decimal strings into text for people. Intl formats the string itself, so no digit passes
 * through a float; rounding happens only where fewer digits mean more, and the exact value stays at hand.
 */
import { absolute, compare, signOf } from './decimal';

/** The reader's locale; a test may name another. */
export const LOCALE: string | undefined = undefined;

const cache = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale ?? ''}|${JSON.stringify(options)}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, options);
    cache.set(key, format);
  }
  return format;
}

/** The typographic minus is as wide as a digit, so columns stay aligned. */
function minus(text: string): string {
  return text.replaceAll('-', '−');
}

function exactInput(value: string): Intl.StringNumericLiteral {
  return value as Intl.StringNumericLiteral;
}

function fractionDigits(value: string): number {
  const point = value.indexOf('.');
  return point < 0 ? 0 : value.length - point - 1;
}

function currencyDigits(currency: string): number {
  return numberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

export interface MoneyOptions {
  /** `exact`: all digits the value has; `figure`: whole units from 1,000 on, for headlines. */
  digits?: 'exact' | 'figure';
  /** Shows a plus on positive amounts too, for changes and ladder steps. */
  signed?: boolean;
  locale?: string | undefined;
}

/** An amount in `currency`, for example `£1,204.10`. */
export function money(value: string, currency: string, options: MoneyOptions = {}): string {
  const { digits = 'exact', signed = false, locale = LOCALE } = options;
  const usual = currencyDigits(currency);
  const whole = digits === 'figure' && compare(absolute(value), '1000') >= 0;
  const format = numberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    signDisplay: signed ? 'exceptZero' : 'negative',
    minimumFractionDigits: whole ? 0 : usual,
    // Trailing zeros beyond the currency's own digits say nothing.
    maximumFractionDigits: whole
      ? 0
      : digits === 'exact'
        ? Math.max(usual, significantFraction(value))
        : usual,
  });
  return minus(format.format(exactInput(value)));
}

function significantFraction(value: string): number {
  return Math.min(100, fractionDigits(value.includes('.') ? value.replace(/0+$/, '') : value));
}

/** A short amount for an axis (`£12k`), from chart geometry. */
export function axisMoney(value: number, currency: string, locale: string | undefined = LOCALE): string {
  const format = numberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    notation: 'compact',
    maximumFractionDigits: 1,
    minimumFractionDigits: 0,
  });
  return minus(format.format(value));
}

/** A fraction as a percentage: `0.1834` ► `18.3 %` in the reader's locale. */
export function percent(
  fraction: string,
  options: { signed?: boolean; digits?: number; locale?: string | undefined } = {},
): string {
  const { signed = false, digits = 1, locale = LOCALE } = options;
  const format = numberFormat(locale, {
    style: 'percent',
    signDisplay: signed ? 'exceptZero' : 'negative',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return minus(format.format(exactInput(fraction)));
}

/** A multiple: `3.5123` ► `3.51×`. */
export function multiple(value: string, locale: string | undefined = LOCALE): string {
  const format = numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${minus(format.format(exactInput(value)))}×`;
}

/** A count with thousands separators. */
export function count(value: number, locale: string | undefined = LOCALE): string {
  return minus(numberFormat(locale, { maximumFractionDigits: 0 }).format(value));
}

/** The class of an amount's colour: losses stand out, everything else stays calm. */
export function toneOf(value: string): string {
  return signOf(value) < 0 ? 'text-loss' : '';
}

/** Words that are written in capitals. */
const ABBREVIATIONS = new Set(['pos', 'api', 'b2b', 'sms', 'ios', 'csv', 'ui', 'cli']);

/** A word for an identifier of the platform: `meta_ads` ► `Meta Ads`, `pos` ► `POS`. */
export function titleCase(identifier: string): string {
  return identifier
    .split(/[_\s-]+/)
    .filter(Boolean)
    .map((word) =>
      ABBREVIATIONS.has(word.toLowerCase())
        ? word.toUpperCase()
        : word.charAt(0).toUpperCase() + word.slice(1),
    )
    .join(' ');
}

/** A sentence-like word: `estimated_cost` ► `Estimated cost`. */
export function sentenceCase(identifier: string): string {
  const text = identifier.replaceAll(/[_-]+/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A sales channel as people write it: `pos` ► `POS`, `online_store` ► `Online Store`. */
export function channelName(channel: string): string {
  return channel === '' ? 'Unknown' : titleCase(channel);
}

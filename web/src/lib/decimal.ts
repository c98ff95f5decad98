/**
 * Exact arithmetic on the decimal strings of the API. Money never becomes a float:
 * a value is an integer of 10^-scale units (BigInt), so sums keep every digit.
 */

interface Parsed {
  units: bigint;
  scale: number;
}

const PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

function parse(value: string): Parsed {
  const match = PATTERN.exec(value);
  if (!match) throw new RangeError(`not a decimal: "${value}"`);
  const [, sign, whole = '0', fraction = ''] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

function aligned(left: string, right: string): [bigint, bigint, number] {
  const a = parse(left);
  const b = parse(right);
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

function print(units: bigint, scale: number): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const text = scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`;
  return negative ? `-${text}` : text;
}

/** True when the text is a plain decimal that this module can read. */
export function isDecimal(value: string): boolean {
  return PATTERN.test(value);
}

export function add(left: string, right: string): string {
  const [a, b, scale] = aligned(left, right);
  return print(a + b, scale);
}

export function subtract(left: string, right: string): string {
  const [a, b, scale] = aligned(left, right);
  return print(a - b, scale);
}

export function sum(values: readonly string[]): string {
  return values.reduce(add, '0');
}

export function negate(value: string): string {
  const { units, scale } = parse(value);
  return print(-units, scale);
}

export function absolute(value: string): string {
  const { units, scale } = parse(value);
  return print(units < 0n ? -units : units, scale);
}

/** −1, 0 or 1, as `Array.sort` wants it. */
export function compare(left: string, right: string): number {
  const [a, b] = aligned(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** −1, 0 or 1. */
export function signOf(value: string): number {
  const { units } = parse(value);
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/**
 * `numerator ÷ denominator` rounded half away from zero to `digits`; null when the denominator is zero,
 * because a ratio to nothing is unknown and not zero.
 */
export function divide(numerator: string, denominator: string, digits = 4): string | null {
  const [a, b] = aligned(numerator, denominator);
  if (b === 0n) return null;
  const scaled = a * 10n ** BigInt(digits) * 2n;
  const negative = scaled < 0n !== b < 0n;
  const [top, bottom] = [scaled < 0n ? -scaled : scaled, b < 0n ? -b : b];
  const rounded = (top / bottom + 1n) / 2n;
  return print(negative ? -rounded : rounded, digits);
}

/**
 * The change from `before` to `now` as a fraction of |before| ("0.1250" = +12.5 %); null when there is
 * nothing to compare with. |before| keeps the sign meaningful when a loss turns into a profit.
 */
export function relativeChange(now: string, before: string): string | null {
  return divide(subtract(now, before), absolute(before));
}

/** A whole number of things (orders, days, rows a second), rounded. Never for money. */
export function toCount(value: string): number {
  return Math.round(Number(value));
}

/** A float for the geometry of a chart (a bar's height). Never for a figure that is shown. */
export function toGeometry(value: string): number {
  return Number(value);
}

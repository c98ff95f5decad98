/** How key figures are written and drawn. */
import { compare, isDecimal, toGeometry } from '@/lib/decimal';
import { LOCALE, money, multiple, percent } from '@/lib/format';

/** A value in the words of its unit; a dash where it cannot be said. */
export function kpiText(
  value: string | null | undefined,
  unit: string | null | undefined,
  currency: string,
  locale: string | undefined = LOCALE,
): string {
  if (value == null) return '–';
  if (!isDecimal(value)) return value;
  if (unit === 'money') return money(value, currency, { locale });
  if (unit === 'share') return percent(value, { digits: 2, locale });
  if (unit === 'ratio') return multiple(value, locale);
  const fraction = value.split('.')[1]?.length ?? 0;
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: Math.min(100, fraction) });
  // Intl reads the text itself, so no digit passes through a float
  return format.format(value as Intl.StringNumericLiteral).replaceAll('-', '−');
}

/** The course of values as the points of a polyline in a box; gaps part it into several. */
export function sparkLines(values: readonly (string | null)[], width: number, height: number): string[] {
  const known = values.filter((value): value is string => value !== null);
  const [first] = known;
  if (first === undefined || values.length < 2) return [];
  const low = known.reduce((a, b) => (compare(a, b) <= 0 ? a : b), first);
  const high = known.reduce((a, b) => (compare(a, b) >= 0 ? a : b), first);
  const [bottom, top] = [toGeometry(low), toGeometry(high)];
  const lines: string[][] = [[]];
  values.forEach((value, at) => {
    if (value === null) {
      lines.push([]);
      return;
    }
    const x = (at / (values.length - 1)) * width;
    const y = top === bottom ? height / 2 : height - ((toGeometry(value) - bottom) / (top - bottom)) * height;
    lines.at(-1)?.push(`${tenth(x)},${tenth(y)}`);
  });
  return lines.filter((line) => line.length > 0).map((line) => line.join(' '));
}

/** A place in the drawing; finer is not seen. */
function tenth(place: number): number {
  return Math.round(place * 10) / 10;
}

/** What the list of changes calls them. */
export const ACTIONS: Record<string, string> = {
  set: 'Set',
  replaced_by_sync: 'Replaced by a sync',
  removed: 'Taken back',
};

/** Where values come from. */
export const ORIGINS: Record<string, string> = {
  computed: 'worked out from what it delivers',
  given: 'given by it',
  manual: 'entered by people',
};

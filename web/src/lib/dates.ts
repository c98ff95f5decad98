/**
 * Days are `YYYY-MM-DD` in the workspace's time zone. Arithmetic runs on UTC midnights, where every day
 * has 24 hours, so daylight saving cannot shift a day.
 */
const DAY_MS = 86_400_000;
const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

export interface DayRange {
  from: string;
  to: string;
}

export type Comparison = 'prior' | 'year' | 'none';
export type Grain = 'day' | 'week' | 'month';

function utc(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

function toDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** True for a day of the calendar; `2026-02-30` is none. */
export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !DAY_PATTERN.test(value)) return false;
  const date = utc(value);
  return !Number.isNaN(date.getTime()) && toDay(date) === value;
}

export function addDays(day: string, days: number): string {
  return toDay(new Date(utc(day).getTime() + days * DAY_MS));
}

/** The same day of another month; the last day of a shorter one (31 January + 1 ► 28 February). */
export function addMonths(day: string, months: number): string {
  const date = utc(day);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date.getUTCDate(), last));
  return toDay(first);
}

export function lengthInDays(range: DayRange): number {
  return Math.round((utc(range.to).getTime() - utc(range.from).getTime()) / DAY_MS) + 1;
}

/** The range of equal length that ends the day before `range` begins. */
export function periodBefore(range: DayRange): DayRange {
  const to = addDays(range.from, -1);
  return { from: addDays(to, 1 - lengthInDays(range)), to };
}

/** The same calendar days one year earlier. */
export function yearBefore(range: DayRange): DayRange {
  return { from: addMonths(range.from, -12), to: addMonths(range.to, -12) };
}

/** What a range is held against; null when the reader wants no comparison. */
export function comparedRange(range: DayRange, comparison: Comparison): DayRange | null {
  if (comparison === 'none') return null;
  return comparison === 'year' ? yearBefore(range) : periodBefore(range);
}

/** Today in a time zone. */
export function todayIn(timeZone: string, now = new Date()): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(now);
}

export function startOfMonth(day: string): string {
  return `${day.slice(0, 7)}-01`;
}

/** Monday of the day's week (ISO 8601). */
export function startOfWeek(day: string): string {
  const weekday = (utc(day).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

export function startOf(grain: Grain, day: string): string {
  if (grain === 'day') return day;
  return grain === 'week' ? startOfWeek(day) : startOfMonth(day);
}

/** The coarsest grain that still shows the shape: at most about a hundred bars. */
export function usualGrain(range: DayRange): Grain {
  const days = lengthInDays(range);
  if (days <= 100) return 'day';
  return days <= 550 ? 'week' : 'month';
}

export interface Preset extends DayRange {
  key: string;
  label: string;
}

/** Ranges one click away. `anchor` is the last day with data, `first` the first. */
export function presets(anchor: string, first: string | null): Preset[] {
  const month = startOfMonth(anchor);
  const lastMonth = addMonths(month, -1);
  const list: Preset[] = [
    { key: '7d', label: 'Last 7 days', from: addDays(anchor, -6), to: anchor },
    { key: '30d', label: 'Last 30 days', from: addDays(anchor, -29), to: anchor },
    { key: '90d', label: 'Last 90 days', from: addDays(anchor, -89), to: anchor },
    { key: 'mtd', label: 'Month to date', from: month, to: anchor },
    { key: 'last-month', label: 'Last month', from: lastMonth, to: addDays(month, -1) },
    { key: 'ytd', label: 'Year to date', from: `${anchor.slice(0, 4)}-01-01`, to: anchor },
    { key: '12m', label: 'Last 12 months', from: addDays(addMonths(anchor, -12), 1), to: anchor },
  ];
  if (first) list.push({ key: 'all', label: 'All time', from: first, to: anchor });
  return list;
}

/** `14 Nov 2026`, without the year when `short`. */
export function formatDay(day: string, short = false, locale?: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(short ? {} : { year: 'numeric' }),
  }).format(utc(day));
}

/** A range as one phrase, the shared parts said once: `1–20 Nov 2026`. */
export function formatRange(range: DayRange, locale?: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }).formatRange(utc(range.from), utc(range.to));
}

/** The name of a bucket: a day, `week of 3 Nov`, `Nov 2026`. */
export function formatBucket(grain: Grain, day: string, locale?: string): string {
  if (grain === 'month') {
    return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'short', year: 'numeric' }).format(
      utc(day),
    );
  }
  return grain === 'week' ? `Week of ${formatDay(day, false, locale)}` : formatDay(day, false, locale);
}

/** An instant in the workspace's time zone, with the zone's short name. */
export function formatInstant(instant: string, timeZone: string, locale?: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: timeZone,
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(new Date(instant));
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 minutes ago`, `in 2 hours`. */
export function formatRelative(instant: string, now = Date.now(), locale?: string): string {
  const seconds = Math.round((new Date(instant).getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? 'just now' : format.format(seconds, 'second');
}

/** `about 3 min`, for a time to finish in seconds. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

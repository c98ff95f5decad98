/** What the last check against a platform's own counts and sums found, in words. */
import type { CompletenessRow, StreamCompleteness } from '@/api/types';
import { formatDay } from './dates';
import { count, sentenceCase } from './format';

export interface Whole {
  tone: 'good' | 'bad' | 'calm';
  words: string;
}

/** One stream: "1,234 of 1,234 orders", "sums of insights agree", or why nothing can be said. */
export function inWords(check: StreamCompleteness): Whole {
  const stream = sentenceCase(check.stream).toLowerCase();
  if (check.state === 'not_checkable') {
    return {
      tone: 'calm',
      words: `${sentenceCase(check.stream)} cannot be checked: ${check.note ?? 'no reason given'}`,
    };
  }
  const counted =
    check.ours != null && check.theirs != null
      ? `${count(check.ours)} of ${count(check.theirs)} ${stream}`
      : `Sums of ${stream} ${check.state === 'differs' ? 'differ' : 'agree'}`;
  if (check.state !== 'differs') {
    return {
      tone: 'good',
      words: check.state === 'healed' ? `${counted}, after days were read again` : counted,
    };
  }
  const days = check.differences === 1 ? 'one day' : `${count(check.differences)} days`;
  return { tone: 'bad', words: `${counted}: they differ on ${days}` };
}

/** When the connection was checked last; nothing where it never was. */
export function checkedAt(checks: readonly StreamCompleteness[]): string | null {
  const times = checks.filter((check) => check.state !== 'not_checkable').map((check) => check.checked_at);
  return times.length === 0 ? null : times.reduce((last, next) => (next > last ? next : last));
}

/** Until when all that can be checked was compared: the earliest of its streams. Nothing where nothing was checked. */
export function checkedThrough(checks: readonly StreamCompleteness[]): string | null {
  const times = checks.flatMap((check) => (check.through == null ? [] : [check.through]));
  return times.length === 0 ? null : times.reduce((first, next) => (next < first ? next : first));
}

/** Whether a stream differs from what its platform says. */
export function differs(checks: readonly StreamCompleteness[]): boolean {
  return checks.some((check) => check.state === 'differs');
}

/** One difference: "12 Mar 2026, orders: 101 here, 102 there". */
export function differenceInWords(row: CompletenessRow): string {
  const days =
    row.day == null
      ? 'In all'
      : row.until_day == null || row.until_day === row.day
        ? formatDay(row.day)
        : `${formatDay(row.day)} to ${formatDay(row.until_day)}`;
  const stream = sentenceCase(row.stream).toLowerCase();
  const what = row.measure === 'count' ? stream : `${sentenceCase(row.measure).toLowerCase()} of ${stream}`;
  const number = (counted: number | null | undefined, sum: string | null | undefined) =>
    counted == null ? [sum ?? '0', row.currency].filter(Boolean).join(' ') : count(counted);
  const ours = number(row.ours_count, row.ours_sum);
  const theirs = number(row.theirs_count, row.theirs_sum);
  return `${days}, ${what}: ${ours} here, ${theirs} there`;
}

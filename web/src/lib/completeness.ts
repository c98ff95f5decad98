/** What the last check against a platform's own counts and sums found, in words. */
import type { StreamCompleteness } from '@/api/types';
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

/** The command that reads again what differs; nothing where all agree. */
export function healCommand(
  workspace: string,
  connection: string,
  checks: readonly StreamCompleteness[],
): string | null {
  return checks.some((check) => check.state === 'differs')
    ? `netgain reconcile --workspace ${workspace} --connection ${connection} --heal`
    : null;
}

/** Cadences in words; the words of the API are `every 4h`, `daily 16:30 Europe/Berlin`, `by hand`. */
import type { paths } from '@/api/schema';

export type Schedule =
  paths['/api/v1/workspaces/{w}/connections/{id}/schedule']['get']['responses'][200]['content']['application/json'];

/** What people mostly choose from. */
export const CADENCES = [
  'every 15m',
  'every 1h',
  'every 2h',
  'every 4h',
  'every 6h',
  'every 12h',
  'every 1d',
  'by hand',
];

const UNITS: Record<string, string> = { m: 'minute', h: 'hour', d: 'day' };

export function cadenceInWords(cadence: string): string {
  const every = /^every (\d+)([mhd])$/.exec(cadence);
  if (every) {
    const [, number = '', letter = ''] = every;
    const unit = UNITS[letter] ?? letter;
    return number === '1' ? `every ${unit}` : `every ${number} ${unit}s`;
  }
  const daily = /^daily (\d\d:\d\d)(?: (.+))?$/.exec(cadence);
  if (daily) return daily[2] ? `daily at ${daily[1]} (${daily[2]})` : `daily at ${daily[1]}`;
  return cadence === 'by hand' ? 'only by hand' : cadence;
}

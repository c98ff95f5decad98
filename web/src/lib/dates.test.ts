import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  comparedRange,
  formatDuration,
  formatRelative,
  isDay,
  lengthInDays,
  periodBefore,
  presets,
  startOf,
  todayIn,
  usualGrain,
  yearBefore,
} from './dates';

describe('day arithmetic', () => {
  it('refuses days that no calendar has', () => {
    expect(isDay('2026-02-30')).toBe(false);
    expect(isDay('2028-02-29')).toBe(true);
    expect(isDay('2026-1-1')).toBe(false);
    expect(isDay(20260101)).toBe(false);
  });
  it('crosses daylight saving, months and leap days', () => {
    expect(addDays('2026-03-28', 2)).toBe('2026-03-30');
    expect(addDays('2026-10-25', -1)).toBe('2026-10-24');
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(addMonths('2028-02-29', -12)).toBe('2027-02-28');
    expect(lengthInDays({ from: '2026-03-01', to: '2026-03-31' })).toBe(31);
  });
  it('puts the period before directly before, and as long', () => {
    expect(periodBefore({ from: '2026-11-01', to: '2026-11-20' })).toEqual({
      from: '2026-10-12',
      to: '2026-10-31',
    });
    expect(periodBefore({ from: '2026-11-20', to: '2026-11-20' })).toEqual({
      from: '2026-11-19',
      to: '2026-11-19',
    });
    const range = { from: '1997-03-01', to: '1997-03-31' };
    expect(periodBefore(range)).toEqual({ from: '1997-01-29', to: '1997-02-28' });
    expect(lengthInDays(periodBefore(range))).toBe(31);
  });
  it('compares as asked', () => {
    const range = { from: '2028-02-01', to: '2028-02-29' };
    expect(yearBefore(range)).toEqual({ from: '2027-02-01', to: '2027-02-28' });
    expect(comparedRange(range, 'none')).toBeNull();
    expect(comparedRange(range, 'prior')).toEqual({ from: '2028-01-03', to: '2028-01-31' });
  });
  it('finds buckets and a grain that fits', () => {
    expect(startOf('week', '2026-11-20')).toBe('2026-11-16');
    expect(startOf('week', '2026-11-16')).toBe('2026-11-16');
    expect(startOf('month', '2026-11-20')).toBe('2026-11-01');
    expect(usualGrain({ from: '2026-10-22', to: '2026-11-20' })).toBe('day');
    expect(usualGrain({ from: '2026-01-01', to: '2026-11-20' })).toBe('week');
    expect(usualGrain({ from: '2024-11-21', to: '2026-11-20' })).toBe('month');
  });
  it('knows the day in a zone that is ahead', () => {
    const now = new Date('2026-11-20T18:30:00Z');
    expect(todayIn('Asia/Kathmandu', now)).toBe('2026-11-21');
    expect(todayIn('America/Los_Angeles', now)).toBe('2026-11-20');
  });
  it('offers ranges that end on the last day with data', () => {
    const list = new Map(presets('2026-11-20', '2024-11-21').map((preset) => [preset.key, preset]));
    expect(list.get('30d')).toMatchObject({ from: '2026-10-22', to: '2026-11-20' });
    expect(list.get('last-month')).toMatchObject({ from: '2026-10-01', to: '2026-10-31' });
    expect(list.get('12m')).toMatchObject({ from: '2025-11-21', to: '2026-11-20' });
    expect(list.get('all')?.from).toBe('2024-11-21');
    expect(presets('2026-11-20', null).some((preset) => preset.key === 'all')).toBe(false);
  });
  it('says times in words', () => {
    const now = Date.parse('2026-11-20T12:00:00Z');
    expect(formatRelative('2026-11-20T11:57:00Z', now, 'en')).toBe('3 minutes ago');
    expect(formatRelative('2026-11-20T14:00:00Z', now, 'en')).toBe('in 2 hours');
    expect(formatRelative('2026-11-20T11:59:58Z', now, 'en')).toBe('just now');
    expect(formatDuration(150)).toBe('3 min');
    expect(formatDuration(12)).toBe('12 s');
  });
});

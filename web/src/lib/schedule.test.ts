import { describe, expect, it } from 'vitest';
import { CADENCES, cadenceInWords } from './schedule';

describe('cadences', () => {
  it('are told in words', () => {
    expect(cadenceInWords('every 15m')).toBe('every 15 minutes');
    expect(cadenceInWords('every 1h')).toBe('every hour');
    expect(cadenceInWords('every 1d')).toBe('every day');
    expect(cadenceInWords('daily 16:30')).toBe('daily at 16:30');
    expect(cadenceInWords('daily 16:30 Europe/Berlin')).toBe('daily at 16:30 (Europe/Berlin)');
    expect(cadenceInWords('by hand')).toBe('only by hand');
  });

  it('that are offered all have words of their own', () => {
    const words = CADENCES.map(cadenceInWords);
    expect(new Set(words).size).toBe(CADENCES.length);
    expect(words.some((word) => CADENCES.includes(word))).toBe(false);
  });
});

import { expect, test } from 'vitest';
import { quotaInWords } from './health';

const none = {
  counts: 'calls',
  scope: 'app',
  call: null,
  per_s: null,
  used: null,
  allowed: null,
  left: null,
  resets_at: null,
};

test('limits are told by what is known of them', () => {
  expect(quotaInWords({ ...none, used: 12, allowed: 100, left: 88, per_s: 60 })).toBe(
    '12 of 100 calls in 60 s',
  );
  expect(quotaInWords({ ...none, left: 88, per_s: 60 })).toBe('88 calls left in 60 s');
  expect(quotaInWords({ ...none, counts: 'points', used: 0, allowed: 2000 })).toBe('0 of 2,000 points');
  expect(quotaInWords({ ...none, counts: 'percent', used: 7, allowed: 100 })).toBe('7 % used');
  expect(quotaInWords(none)).toBe('not told yet');
});

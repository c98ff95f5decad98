import { describe, expect, it } from 'vitest';
import { ExactNumber, parseExact, printExact } from './exact-json';

describe('exact json', () => {
  it('prints nested values and keeps exact numbers', () => {
    const value = {
      id: new ExactNumber('12345678901234567.89'),
      tags: ['a', null],
      empty: {},
      none: [],
      n: 2,
    };
    expect(printExact(value)).toBe(
      '{\n  "id": 12345678901234567.89,\n  "tags": [\n    "a",\n    null\n  ],\n  "empty": {},\n  "none": [],\n  "n": 2\n}',
    );
  });
  it('reads like JSON.parse', () => {
    expect(parseExact('{"a":[1,true,"x"],"b":null}')).toEqual({ a: [1, true, 'x'], b: null });
  });
});

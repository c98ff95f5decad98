import { describe, expect, it } from 'vitest';
import type { ConnectWay } from '@/api/types';
import { firstMissing, freeId, split } from './form-model';

const field = (name: string, secret: boolean, required: boolean) => ({
  name,
  title: name,
  secret,
  required,
  example: null,
});
const way: ConnectWay = {
  way: 'key',
  mode: 'own',
  ready: true,
  missing: [],
  fields: [field('shop', false, true), field('access_token', true, true), field('note', false, false)],
};

describe('the connect form', () => {
  it('sends open fields and secrets apart, and nothing that is empty', () => {
    const values = { shop: ' my-shop ', access_token: 'hush', note: '  ', other: 'x' };
    expect(split(way, values)).toEqual({ fields: { shop: 'my-shop' }, secrets: { access_token: 'hush' } });
  });

  it('finds the first field that is missing', () => {
    expect(firstMissing(way, {})).toBe('shop');
    expect(firstMissing(way, { shop: 'a', access_token: ' ' })).toBe('access_token');
    expect(firstMissing(way, { shop: 'a', access_token: 'b' })).toBeUndefined();
  });

  it('finds an id that nobody has', () => {
    expect(freeId('meta_ads', [])).toBe('meta-ads');
    expect(freeId('meta_ads', ['meta-ads', 'meta-ads-2'])).toBe('meta-ads-3');
  });
});

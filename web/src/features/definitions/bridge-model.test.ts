import { describe, expect, it } from 'vitest';
import type { Bridge } from '@/api/types';
import { bridgeBars, toldSteps } from './bridge-model';

const profile = (id: string, label: string) => ({ id, label, source: '', notes: [] });
const bridge: Bridge = {
  currency: 'GBP',
  from: '2026-03-01',
  to: '2026-03-31',
  figure: 'result',
  first: {
    profile: profile('netgain', 'Netgain'),
    basis: 'return_day',
    label: 'Net profit',
    amount: '-3.45',
  },
  second: { profile: profile('seed', 'Naive formula'), basis: 'order_day', label: 'Profit', amount: '61.55' },
  steps: [
    { key: 'returns', label: 'Returned goods', amount: '100.00' },
    { key: 'cogs', label: 'Cost of goods', amount: '-35.00' },
  ],
  notices: [],
};

describe('the bars of a bridge', () => {
  it('lead from one figure to the other', () => {
    const bars = bridgeBars(bridge);
    expect(bars.map((bar) => bar.label)).toEqual([
      'Netgain: Net profit',
      'Returned goods',
      'Cost of goods',
      'Naive formula: Profit',
    ]);
    // from -3.45 over zero to 96.55, back to 61.55
    expect(bars[1]).toMatchObject({ base: 0, positive: 96.55, negative: -3.45 });
    expect(bars[2]).toMatchObject({ base: 61.55, positive: 35, negative: 0 });
    expect(bars[3]).toMatchObject({ base: 0, positive: 61.55, negative: 0 });
  });
});

describe('the steps of a definition', () => {
  it('are told when something happened in them', () => {
    const step = (key: string, sign: string, amount: string) => ({ key, label: key, sign, amount });
    const steps = [step('a', '+', '0.00'), step('b', '-', '1.00'), step('c', '=', '0.00')];
    expect(toldSteps(steps).map((told) => told.key)).toEqual(['b', 'c']);
  });
});

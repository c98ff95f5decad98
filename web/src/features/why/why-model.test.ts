import { describe, expect, it } from 'vitest';
import { dashboardFigure, figureOf, headlineFigure, wayName } from './why-model';

describe('figures as texts', () => {
  const range = { from: '2026-05-01', to: '2026-05-31' };
  it('writes filters behind commas and keeps commas of values apart', () => {
    expect(figureOf('orders', { channel: 'Shop, EU 100%', profile: undefined })).toBe(
      'orders,channel=Shop%2C EU 100%25',
    );
  });
  it('names the figures of the dashboard', () => {
    expect(dashboardFigure('net_profit', range)).toBe(
      'net_profit,from=2026-05-01,to=2026-05-31,profile=netgain',
    );
    expect(dashboardFigure('operating_costs', range)).toContain('day_costs,');
    expect(dashboardFigure('operating_costs', range, 'seed')).toContain('operating_costs,');
  });
  it('names the headline by a definition with its own steps', () => {
    const by = (key: string) => headlineFigure(key, range, 'seed').split(',')[0];
    expect(['net_profit', 'ad_spend', 'mer', 'margin'].map(by)).toEqual([
      'result',
      'line:ad_spend',
      'roas',
      'margin',
    ]);
  });
  it('says an unknown way as it is', () => {
    expect([wayName('orders'), wayName('moons')]).toEqual(['orders and costs', 'moons']);
  });
});

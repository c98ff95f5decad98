/** Figures as texts that can be asked for: the same grammar as in the API and on the command line. */
import type { DayRange } from '@/lib/dates';

/** A value may hold anything; a comma would begin the next filter. */
function escaped(value: string): string {
  return value.replaceAll('%', '%25').replaceAll(',', '%2C');
}

/** A figure with its filters; those that are not set are left out. */
export function figureOf(measure: string, filters: Record<string, string | undefined>): string {
  const set = Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return [measure, ...set.map(([name, value]) => `${name}=${escaped(value)}`)].join(',');
}

/** A figure of the dashboard, which is told by Netgain's own definition. */
export function dashboardFigure(key: string, range: DayRange, profile = 'netgain'): string {
  // the dashboard's costs of days hold marketing beside advertising too
  const measure = key === 'operating_costs' && profile === 'netgain' ? 'day_costs' : key;
  return figureOf(measure, { from: range.from, to: range.to, profile });
}

const BY_ANY: Record<string, string> = {
  net_profit: 'result',
  net_revenue: 'revenue',
  ad_spend: 'line:ad_spend',
  mer: 'roas',
};

/** A headline figure by a definition that has its own steps. */
export function headlineFigure(key: string, range: DayRange, profile: string): string {
  return figureOf(BY_ANY[key] ?? key, { from: range.from, to: range.to, profile });
}

const NAMES: Record<string, string> = {
  steps: 'steps',
  lines: 'lines',
  sides: 'both sides',
  months: 'months',
  days: 'days',
  channels: 'channels',
  orders: 'orders and costs',
  postings: 'single amounts',
  rows: 'rows',
  ages: 'months of age',
  credits: 'credited visits',
};

/** A way of breaking a figure down, for people. */
export function wayName(way: string): string {
  return NAMES[way] ?? way;
}

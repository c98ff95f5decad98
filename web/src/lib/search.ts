/** What the dashboard's address holds: everything that changes the view, so that a link shows the same. */
import { isDay, lengthInDays, type Comparison, type Grain } from './dates';

export const SORTS = ['placed_at', 'net_profit', 'net_revenue'] as const;
export type Sort = (typeof SORTS)[number];

export const MEASURES = ['customers', 'repeat_rate', 'contribution', 'net_sales'] as const;
export type Measure = (typeof MEASURES)[number];

export const MODELS = [
  'last',
  'first',
  'linear',
  'position',
  'time_decay',
  'last_paid',
  'platform_reported',
] as const;
export type Model = (typeof MODELS)[number];

export const WINDOWS = ['7', '14', '30', '60', '90'] as const;

export interface DashboardSearch {
  from?: string;
  to?: string;
  /** What the figures are compared with; the period before when absent. */
  compare?: Comparison;
  /** The width of a bar; chosen by the length of the range when absent. */
  grain?: Grain;
  /** The two definitions of profit that are compared; Netgain's and the naive one when absent. */
  profile?: string;
  against?: string;
  q?: string;
  channel?: string;
  sort?: Sort;
  dir?: 'asc' | 'desc';
  /** The order whose explanation is open. */
  order?: string;
  /** The figure whose explanation is open. */
  figure?: string;
  /** The figure whose parts are open, as it is asked for: `net_profit,day=2026-05-03`. */
  why?: string;
  /** What the cells of the cohorts show; customers when absent. */
  measure?: Measure;
  /** Whose definition of recurring revenue; the first one when absent. */
  definition?: string;
  /** How orders are credited to visits: the model, the days before an order, and the day that counts. */
  model?: Model;
  window?: (typeof WINDOWS)[number];
  clock?: 'order_day' | 'click_day';
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

function text(value: unknown, most = 200): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, most) : undefined;
}

/** Reads an address that anybody may have typed; what makes no sense is dropped. */
export function parseSearch(raw: Record<string, unknown>): DashboardSearch {
  const search: Record<string, string | undefined> = {
    compare: oneOf(raw.compare, ['prior', 'year', 'none'] as const),
    grain: oneOf(raw.grain, ['day', 'week', 'month'] as const),
    profile: text(raw.profile),
    against: text(raw.against),
    q: text(raw.q),
    channel: text(raw.channel),
    sort: oneOf(raw.sort, SORTS),
    dir: oneOf(raw.dir, ['asc', 'desc'] as const),
    order: text(raw.order),
    figure: text(raw.figure),
    why: text(raw.why, 1_000),
    measure: oneOf(raw.measure, MEASURES),
    definition: text(raw.definition),
    model: oneOf(raw.model, MODELS),
    window: oneOf(text(raw.window), WINDOWS),
    clock: oneOf(raw.clock, ['order_day', 'click_day'] as const),
  };
  if (isDay(raw.from) && isDay(raw.to) && lengthInDays({ from: raw.from, to: raw.to }) > 0) {
    search.from = raw.from;
    search.to = raw.to;
  }
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

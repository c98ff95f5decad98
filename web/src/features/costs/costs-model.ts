/** The cost book as people read it: one line for each thing that has a cost, with all that was ever recorded of it. */
import type { CostRule, UnitCost } from '@/api/types';

export const SCOPES = ['sku', 'variant', 'product', 'product_type', 'supplier', 'shop', 'lot'] as const;
export type Scope = (typeof SCOPES)[number];

export const SCOPE_NAMES: Record<string, string> = {
  shop: 'Whole shop',
  supplier: 'Supplier',
  product_type: 'Product type',
  product: 'Product',
  variant: 'Variant',
  sku: 'SKU',
  lot: 'Lot',
};

/** One thing that has a cost. */
export interface CostLine {
  key: string;
  scope: string;
  scopeId: string;
  title: string;
  country: string | null;
  minQuantity: number;
  /** The row that holds on the day, if any. */
  current: UnitCost | undefined;
  /** Everything that was recorded, the newest record first. */
  history: UnitCost[];
}

/** Whether a row holds on a day. */
export function holds(row: Pick<UnitCost, 'counts' | 'valid_from' | 'valid_to'>, day: string): boolean {
  return row.counts && (row.valid_from ?? '') <= day && day <= (row.valid_to ?? '9999-12-31');
}

/** For sorting: what holds comes after what does not. */
const rank = (holds: boolean): number => (holds ? 1 : 0);

/** Of two rows of one thing the one that wins: a record over a guess, the later start, the person, the later record. */
function wins(a: UnitCost, b: UnitCost): number {
  const recorded = rank(b.kind !== 'estimate') - rank(a.kind !== 'estimate');
  const manual = rank(b.kind === 'manual') - rank(a.kind === 'manual');
  return (
    recorded ||
    (b.valid_from ?? '').localeCompare(a.valid_from ?? '') ||
    manual ||
    b.recorded_at.localeCompare(a.recorded_at)
  );
}

/** The book by what has a cost; things without a current cost come last. */
export function costLines(rows: readonly UnitCost[], day: string, search = ''): CostLine[] {
  const lines = new Map<string, CostLine>();
  for (const row of rows) {
    const key = [row.scope, row.scope_id, row.country ?? '', row.min_quantity].join('\u0000');
    const line = lines.get(key) ?? {
      key,
      scope: row.scope,
      scopeId: row.scope_id,
      title: row.title ?? (row.scope === 'shop' ? 'All goods' : row.scope_id),
      country: row.country ?? null,
      minQuantity: row.min_quantity,
      current: undefined,
      history: [],
    };
    line.history.push(row);
    lines.set(key, line);
  }
  const wanted = search.trim().toLowerCase();
  return [...lines.values()]
    .filter((line) => `${line.title} ${line.scopeId}`.toLowerCase().includes(wanted))
    .map((line) => ({
      ...line,
      current: line.history.filter((row) => holds(row, day)).sort(wins)[0],
      history: line.history.toSorted((a, b) => b.recorded_at.localeCompare(a.recorded_at)),
    }))
    .sort((a, b) => rank(!a.current) - rank(!b.current) || a.title.localeCompare(b.title));
}

export const RULE_NAMES: Record<string, string> = {
  shipping: 'Shipping',
  payment_fee: 'Payment fee',
  handling: 'Pick and pack',
  marketplace_fee: 'Marketplace fee',
  return_handling: 'Return handling',
  operating: 'Operating cost',
};

/** How much a rule is, in words: `2.9 % + 0.30 per payment`. */
export function ruleAmount(rule: Pick<CostRule, 'kind' | 'terms'>): string {
  const { terms, kind } = rule;
  const each = kind === 'payment_fee' ? 'payment' : kind === 'return_handling' ? 'return' : 'order';
  const parts = [
    terms.percent && `${terms.percent} %`,
    terms.fixed && `${terms.fixed} per ${each}`,
    terms.per_item && `${terms.per_item} per unit`,
    terms.per_kg && `${terms.per_kg} per kg`,
    terms.amount && `${terms.amount} ${terms.every ? `per ${terms.every}` : 'once'}`,
  ];
  return parts.filter(Boolean).join(' + ');
}

/** What a rule applies to, in words; empty where to everything. */
export function ruleConditions(rule: Pick<CostRule, 'terms'>): string {
  const { terms } = rule;
  const parts = [
    terms.category,
    terms.countries?.join(', '),
    terms.channel && `channel ${terms.channel}`,
    terms.gateway && `by ${terms.gateway}`,
    terms.method,
    terms.min_grams && `from ${terms.min_grams} g`,
    terms.below_grams && `below ${terms.below_grams} g`,
    terms.campaign_id && `campaign ${terms.campaign_id}`,
    terms.marketing && 'marketing',
    terms.refundable && 'given back on refund',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** When a row holds: `since ever`, `from 2026-03-01`, `2026-03-01 to 2026-03-31`. */
export function period(from: string | null | undefined, to: string | null | undefined): string {
  if (from && to) return from === to ? from : `${from} to ${to}`;
  if (to) return `until ${to}`;
  return from ? `from ${from}` : 'since ever';
}

interface Effect {
  orders: number;
  net_profit: string;
  months: readonly { month: string }[];
}

/** `March to May 2026`, of the months that a change touches; empty where it touches none. */
export function effectMonths(effect: Effect, locale?: string): string {
  const first = effect.months[0]?.month;
  const last = effect.months.at(-1)?.month;
  if (!first || !last) return '';
  const format = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const date = (day: string) => new Date(`${day}T00:00:00Z`);
  return first === last ? format.format(date(first)) : format.formatRange(date(first), date(last));
}

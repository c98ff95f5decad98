/**
 * The profit ladder as the pages show it: the order of its steps, their signs, and the figures that are
 * derived from it. Amounts of costs are positive in the contract and subtracted here.
 */
import type { Definition, LadderRow, Profit } from '@/api/types';
import { add, compare, divide, signOf, subtract, sum } from './decimal';
import { startOf, type Grain } from './dates';

export type MoneyField = {
  [Key in keyof LadderRow]-?: NonNullable<LadderRow[Key]> extends string ? Key : never;
}[keyof LadderRow] &
  (
    | 'gross_sales'
    | 'discounts'
    | 'returns'
    | 'net_sales'
    | 'shipping_income'
    | 'other_income'
    | 'net_revenue'
    | 'cogs'
    | 'cogs_low'
    | 'cogs_high'
    | 'cm1'
    | 'shipping_costs'
    | 'payment_fees'
    | 'cm2'
    | 'ad_spend'
    | 'operating_costs'
    | 'net_profit'
  );

export interface Step {
  key: MoneyField;
  label: string;
  sign: '+' | '-' | '=';
  /** How the step is computed, in a merchant's words. */
  rule: string;
}

export const STEPS: readonly Step[] = [
  {
    key: 'gross_sales',
    label: 'Gross sales',
    sign: '+',
    rule: 'Quantity × unit price before tax, of all lines but gift cards, on the day of the order.',
  },
  {
    key: 'discounts',
    label: 'Discounts',
    sign: '-',
    rule: 'Discounts on lines and their share of order discounts.',
  },
  {
    key: 'returns',
    label: 'Returns',
    sign: '-',
    rule: 'Value of returned lines before tax, on the day of the return.',
  },
  { key: 'net_sales', label: 'Net sales', sign: '=', rule: 'Gross sales − discounts − returns.' },
  {
    key: 'shipping_income',
    label: 'Shipping income',
    sign: '+',
    rule: 'Shipping charged to customers before tax, less shipping discounts and refunds.',
  },
  {
    key: 'other_income',
    label: 'Other income',
    sign: '+',
    rule: 'Restocking and additional fees. Tips and duties pass through.',
  },
  {
    key: 'net_revenue',
    label: 'Net revenue',
    sign: '=',
    rule: 'Net sales + shipping income + other income.',
  },
  {
    key: 'cogs',
    label: 'Cost of goods',
    sign: '-',
    rule: 'Unit cost at the time of the sale; comes back when a returned item is restocked. Where no cost is known, the configured ratio of the line’s net value, marked as an estimate.',
  },
  { key: 'cm1', label: 'Gross profit (CM1)', sign: '=', rule: 'Net revenue − cost of goods.' },
  { key: 'shipping_costs', label: 'Shipping costs', sign: '-', rule: 'What carriers and packing cost.' },
  {
    key: 'payment_fees',
    label: 'Payment fees',
    sign: '-',
    rule: 'Fees of the payment providers, as they charged them.',
  },
  {
    key: 'cm2',
    label: 'Contribution (CM2)',
    sign: '=',
    rule: 'Gross profit − shipping costs − payment fees.',
  },
  {
    key: 'ad_spend',
    label: 'Ad spend',
    sign: '-',
    rule: 'Spend on the day of the ad account. Recent days are provisional, because platforms restate them.',
  },
  {
    key: 'operating_costs',
    label: 'Operating costs',
    sign: '-',
    rule: 'Rent, salaries, tools, influencers and other costs of days, spread over their days.',
  },
  { key: 'net_profit', label: 'Net profit', sign: '=', rule: 'Contribution − ad spend − operating costs.' },
];

const ADDITIVE: readonly MoneyField[] = [...STEPS.map((step) => step.key), 'cogs_low', 'cogs_high'];

/** Definitions whose steps are the ladder's own. */
const OWN = new Set(['netgain', 'netgain_with_tax']);

/** The definition that figures follow where it is another one than the ladder's own. */
export function otherDefinition(profit: Profit | undefined): Definition | undefined {
  return profit && !OWN.has(profit.profile) ? profit.definition : undefined;
}

/** Orders that count, by the definition that is shown. */
export function ordersOf(row: LadderRow, other: Definition | undefined): number {
  return other ? (row.told?.orders ?? 0) : row.orders;
}

/** What a row ends in, by the definition that is shown. */
export function resultOf(row: LadderRow, other: Definition | undefined): string {
  return other ? (row.told?.result ?? '0') : row.net_profit;
}

/** What ratios of a row are taken of, by the definition that is shown. */
export function revenueOf(row: LadderRow, other: Definition | undefined): string {
  return other ? (row.told?.revenue ?? '0') : row.net_revenue;
}

/** The result as a part of the revenue, by the definition that is shown. */
export function marginBy(row: LadderRow, other: Definition | undefined): string | null {
  return (other ? row.told?.margin : row.margin) ?? null;
}

/** Sums what a definition says of rows; nothing while one of them is being computed anew. */
function toldOf(rows: readonly LadderRow[], spend: string): LadderRow['told'] {
  const told = rows.flatMap((row) => (row.told ? [row.told] : []));
  if (told.length < rows.length) return undefined;
  const [revenue, result] = [sum(told.map((one) => one.revenue)), sum(told.map((one) => one.result))];
  return {
    orders: told.reduce((orders, one) => orders + one.orders, 0),
    revenue,
    result,
    margin: signOf(revenue) > 0 ? divide(result, revenue) : null,
    roas: divide(revenue, spend),
  };
}

/** A row of the chart: a bucket of days with its exact sums. */
export type Bucket = LadderRow & { day: string };

/** Adds rows up to one ladder; ratios are computed anew from the sums. */
export function total(rows: readonly LadderRow[], day: string): Bucket {
  const sums = Object.fromEntries(ADDITIVE.map((key) => [key, sum(rows.map((row) => row[key]))])) as Record<
    MoneyField,
    string
  >;
  return {
    ...sums,
    day,
    orders: rows.reduce((orders, row) => orders + row.orders, 0),
    margin: marginOf(sums),
    mer: divide(sums.net_revenue, sums.ad_spend),
    cost_coverage: null,
    told: toldOf(rows, sums.ad_spend),
    provisional: rows.some((row) => row.provisional),
  };
}

/** A margin needs revenue: without any there is none, and a negative base would turn its sign. */
function marginOf(row: Pick<LadderRow, 'net_profit' | 'net_revenue'>): string | null {
  return signOf(row.net_revenue) > 0 ? divide(row.net_profit, row.net_revenue) : null;
}

/** Days put together to weeks (from Monday) or months, in order. */
export function intoBuckets(rows: readonly LadderRow[], grain: Grain): Bucket[] {
  const groups = new Map<string, LadderRow[]>();
  for (const row of rows) {
    if (!row.day) continue;
    const start = startOf(grain, row.day);
    const group = groups.get(start);
    if (group) group.push(row);
    else groups.set(start, [row]);
  }
  return [...groups]
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([day, group]) => {
      const only = group.length === 1 ? group[0] : undefined;
      return only ? { ...only, day } : total(group, day);
    });
}

/** The estimated part of the cost of goods; `cogs_low` is what remains when estimates cost nothing. */
export function estimatedCogs(row: LadderRow): string {
  return subtract(row.cogs, row.cogs_low);
}

/** Where net profit lies when the estimated costs are anything between 0 % and 100 % of their sales. */
export function profitBand(row: LadderRow): { low: string; high: string } | null {
  if (compare(row.cogs_low, row.cogs_high) === 0) return null;
  return {
    low: subtract(add(row.net_profit, row.cogs), row.cogs_high),
    high: subtract(add(row.net_profit, row.cogs), row.cogs_low),
  };
}

export const ADVERTISING_PREFIX = 'advertising:';

/** Operating costs that are tied to no channel stand under this and what they are for. */
export const OPERATING_PREFIX = 'operating:';

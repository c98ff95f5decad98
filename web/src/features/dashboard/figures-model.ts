/** The five headline figures: which value, how it is written, and what a change of it means. */
import type { Definition, LadderRow } from '@/api/types';
import { relativeChange, signOf, subtract } from '@/lib/decimal';
import { money, multiple, percent } from '@/lib/format';

export interface Figure {
  key: 'net_profit' | 'net_revenue' | 'ad_spend' | 'margin' | 'mer';
  label: string;
  /** Null where there is nothing to divide by; it is shown as missing and never as zero. */
  value: (row: LadderRow) => string | null;
  show: (value: string, currency: string) => string;
  exact: (value: string, currency: string) => string;
  change: (now: string, before: string) => string | null;
  showChange: (change: string) => string;
  /** Whether more is good (1), bad (−1) or neither (0). */
  better: 1 | 0;
  formula: string;
  /** Why the figure may be missing. */
  missing: string;
}

const asMoney = {
  show: (value: string, currency: string) => money(value, currency, { digits: 'figure' }),
  exact: (value: string, currency: string) => money(value, currency),
  change: relativeChange,
  showChange: (change: string) => percent(change, { signed: true }),
};

export const FIGURES: readonly Figure[] = [
  {
    key: 'net_profit',
    label: 'Net profit',
    value: (row) => row.net_profit,
    ...asMoney,
    better: 1,
    formula: 'What remains of net revenue after goods, shipping, fees and advertising.',
    missing: '',
  },
  {
    key: 'net_revenue',
    label: 'Revenue',
    value: (row) => row.net_revenue,
    ...asMoney,
    better: 1,
    formula: 'Net revenue: sales after discounts and returns, plus shipping and other income, without tax.',
    missing: '',
  },
  {
    key: 'ad_spend',
    label: 'Ad spend',
    value: (row) => row.ad_spend,
    ...asMoney,
    better: 0,
    formula: 'What the connected advertising platforms charged for these days.',
    missing: '',
  },
  {
    key: 'margin',
    label: 'Margin',
    value: (row) => row.margin ?? null,
    show: (value) => percent(value),
    exact: (value) => percent(value, { digits: 2 }),
    change: subtract,
    showChange: (change) => `${percent(change, { signed: true }).replace(/\s?%/, '')} pts`,
    better: 1,
    formula: 'Net profit ÷ net revenue.',
    missing: 'There is no revenue to divide by.',
  },
  {
    key: 'mer',
    label: 'MER',
    value: (row) => row.mer ?? null,
    show: (value) => multiple(value),
    exact: (value) => `${value}×`,
    change: relativeChange,
    showChange: (change) => percent(change, { signed: true }),
    better: 1,
    formula:
      'Marketing efficiency ratio: net revenue ÷ ad spend. Some tools print the inverse under the same name.',
    missing: 'There is no ad spend to divide by.',
  },
];

/** The figures by the definition that is shown. */
export function figuresBy(other: Definition | undefined): readonly Figure[] {
  if (!other) return FIGURES;
  const missing = 'It is being computed anew.';
  const own: Partial<Record<Figure['key'], Partial<Figure>>> = {
    net_profit: { label: other.result_label, value: (row) => row.told?.result ?? null, missing },
    net_revenue: { label: other.revenue_label, value: (row) => row.told?.revenue ?? null, missing },
    margin: {
      value: (row) => row.told?.margin ?? null,
      formula: `${other.result_label} ÷ ${other.revenue_label}.`,
    },
    mer: {
      label: 'ROAS',
      value: (row) => row.told?.roas ?? null,
      formula: `${other.revenue_label} ÷ ad spend.`,
    },
  };
  return FIGURES.map((figure) => ({ ...figure, ...own[figure.key] }));
}

export type ChangeTone = 'gain' | 'loss' | 'neutral';

export interface Change {
  text: string;
  direction: -1 | 0 | 1;
  tone: ChangeTone;
}

/** The change of a figure between two periods; null when one of them has no value. */
export function changeOf(figure: Figure, now: LadderRow, before: LadderRow): Change | null {
  const [current, earlier] = [figure.value(now), figure.value(before)];
  if (current === null || earlier === null) return null;
  const change = figure.change(current, earlier);
  if (change === null) return null;
  const direction = signOf(change) as Change['direction'];
  const tone: ChangeTone =
    direction === 0 || figure.better === 0 ? 'neutral' : direction > 0 ? 'gain' : 'loss';
  return { text: figure.showChange(change), direction, tone };
}

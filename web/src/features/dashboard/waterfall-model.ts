/** Where each bar of the waterfall begins and ends. */
import type { LadderRow, StatementStep } from '@/api/types';
import { add, compare, signOf, subtract, toGeometry } from '@/lib/decimal';
import { STEPS, type Step } from '@/lib/ladder';

export interface WaterfallBar extends Step {
  amount: string;
  /** Geometry: an invisible part from zero, then what is seen on the positive and on the negative side. */
  base: number;
  positive: number;
  negative: number;
}

/** Steps that people know by name even when nothing happened in them. */
const ALWAYS = new Set(['gross_sales', 'net_revenue', 'cogs', 'ad_spend', 'net_profit']);

/** A definition's own steps as bars: sums that are told aside are no part of the way. */
export function statementBars(steps: readonly StatementStep[]): WaterfallBar[] {
  let running = '0';
  const bars: WaterfallBar[] = [];
  for (const { key, label, sign, amount } of steps) {
    if (sign === 'sum') continue;
    const start = sign === '=' ? '0' : running;
    running = sign === '=' ? amount : sign === '+' ? add(running, amount) : subtract(running, amount);
    if (signOf(amount) === 0 && sign !== '=') continue;
    const step = { key: key as Step['key'], label, sign: sign as Step['sign'], rule: '' };
    bars.push({ ...step, amount, ...segment(start, running) });
  }
  return bars;
}

/** The bars that say something; intermediate subtotals stay in the table of the figure's explanation. */
export function waterfallBars(total: LadderRow): WaterfallBar[] {
  let running = '0';
  const bars: WaterfallBar[] = [];
  for (const step of STEPS) {
    const amount = total[step.key];
    const start = step.sign === '=' ? '0' : running;
    const end =
      step.sign === '=' ? amount : step.sign === '+' ? add(running, amount) : subtract(running, amount);
    running = end;
    if (step.key === 'cm1' || step.key === 'cm2') continue;
    if (signOf(amount) === 0 && !ALWAYS.has(step.key)) continue;
    bars.push({ ...step, amount, ...segment(start, end) });
  }
  return bars;
}

/** Splits the way from `start` to `end` at zero, because a stack grows away from it on both sides. */
export function segment(start: string, end: string): Pick<WaterfallBar, 'base' | 'positive' | 'negative'> {
  const [low, high] = compare(start, end) <= 0 ? [start, end] : [end, start];
  if (signOf(low) >= 0)
    return { base: toGeometry(low), positive: toGeometry(subtract(high, low)), negative: 0 };
  if (signOf(high) <= 0)
    return { base: toGeometry(high), positive: 0, negative: toGeometry(subtract(low, high)) };
  return { base: 0, positive: toGeometry(high), negative: toGeometry(low) };
}

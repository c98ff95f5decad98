/** The bars of a bridge of recurring revenue, from opening to closing. */
import type { MrrBridge } from '@/api/types';
import { add, negate, signOf } from '@/lib/decimal';
import { segment } from '@/features/dashboard/waterfall-model';

export const STEP_NAMES: Record<string, string> = {
  opening: 'At the start',
  new: 'New',
  reactivation: 'Reactivation',
  expansion: 'Expansion',
  contraction: 'Contraction',
  churn: 'Churn',
  fx: 'Exchange rates',
  closing: 'At the end',
};

export interface MrrBar {
  key: string;
  label: string;
  /** Signed: what the step adds, or the state. */
  amount: string;
  count: number;
  formula: string;
  end: boolean;
  base: number;
  positive: number;
  negative: number;
}

export function mrrBars(bridge: MrrBridge): MrrBar[] {
  let running = '0';
  return bridge.steps
    .map((step) => {
      const end = step.sign === '=';
      const amount = step.sign === '-' ? negate(step.amount) : step.amount;
      const start = end ? '0' : running;
      running = end ? amount : add(running, amount);
      return {
        key: step.key,
        label: STEP_NAMES[step.key] ?? step.key,
        amount,
        count: step.count,
        formula: step.formula,
        end,
        ...segment(start, running),
      };
    })
    .filter((bar) => bar.key !== 'fx' || signOf(bar.amount) !== 0);
}

/** The bars of a bridge: where one definition's figure begins, what leads on, where the other's ends. */
import type { Bridge, StatementStep } from '@/api/types';
import { add, signOf } from '@/lib/decimal';
import { segment } from '@/features/dashboard/waterfall-model';

export interface BridgeBar {
  key: string;
  label: string;
  /** An end is a figure; a step is what it adds, signed. */
  kind: 'end' | 'step';
  amount: string;
  base: number;
  positive: number;
  negative: number;
}

export function bridgeBars(bridge: Bridge): BridgeBar[] {
  const end = (key: 'first' | 'second'): BridgeBar => {
    const { amount, label, profile } = bridge[key];
    return { key, label: `${profile.label}: ${label}`, kind: 'end', amount, ...segment('0', amount) };
  };
  let running = bridge.first.amount;
  const steps = bridge.steps.map((step): BridgeBar => {
    const start = running;
    running = add(running, step.amount);
    return { ...step, kind: 'step', ...segment(start, running) };
  });
  return [end('first'), ...steps, end('second')];
}

/** Steps worth a line: results always, others when something happened in them. */
export function toldSteps(steps: readonly StatementStep[]): StatementStep[] {
  return steps.filter((step) => step.sign === '=' || signOf(step.amount) !== 0);
}

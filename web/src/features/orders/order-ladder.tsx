/** The steps of one order's ladder; each opens into its rule and the entries it is the sum of. */
import type { LadderStep } from '@/api/types';
import { Money } from '@/components/money';
import { ChevronRightIcon } from '@/components/icons';
import { cx } from '@/components/ui';
import { formatDay } from '@/lib/dates';
import { negate, signOf } from '@/lib/decimal';

const signed = (step: LadderStep, amount: string) => (step.sign === '-' ? negate(amount) : amount);

export function OrderLadder(props: {
  steps: readonly LadderStep[];
  currency: string;
  onShowRaw: (ref: string) => void;
}) {
  return (
    <ol className="overflow-hidden rounded-lg border border-line text-[13px]">
      {props.steps.map((step) => (
        <li key={step.key} className="border-b border-line last:border-b-0">
          <Step {...props} step={step} />
        </li>
      ))}
    </ol>
  );
}

function Step({
  step,
  currency,
  onShowRaw,
}: {
  step: LadderStep;
  currency: string;
  onShowRaw: (ref: string) => void;
}) {
  const subtotal = step.kind === 'subtotal';
  const quiet = !subtotal && signOf(step.amount) === 0;
  return (
    <details className="group" data-step={step.key}>
      <summary
        className={cx(
          'flex list-none items-center gap-2 px-3 py-2 hover:bg-sunken focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden',
          subtotal && 'bg-sunken/60 font-semibold',
          quiet && 'text-soft',
        )}
      >
        <ChevronRightIcon className="shrink-0 text-soft transition-transform group-open:rotate-90" />
        <span aria-hidden="true" className="w-3 text-center text-soft">
          {step.sign === '-' ? '−' : step.sign}
        </span>
        <span className="flex-1">{step.label}</span>
        <Money value={signed(step, step.amount)} currency={currency} tone={subtotal} />
      </summary>
      <div className="space-y-2 px-3 pt-1 pb-3 pl-10">
        {step.rule && <p className="text-soft">{step.rule}</p>}
        {step.entries.length > 0 && (
          <ul className="divide-y divide-line/60">
            {step.entries.map((entry, index) => (
              <li key={`${entry.source_id}${index}`} className="flex flex-wrap gap-x-3 py-1.5">
                <span className="min-w-0 flex-1">
                  {entry.label}
                  {entry.formula && <span className="numeric text-soft"> · {entry.formula}</span>}
                </span>
                <Money value={signed(step, entry.amount)} currency={currency} tone={false} />
                <span className="flex w-full flex-wrap gap-x-2 text-xs text-soft">
                  <span>{formatDay(entry.day)}</span>
                  <span className="min-w-0 font-mono break-all">
                    {entry.table} · {entry.source_id}
                  </span>
                  {entry.raw_ref && (
                    <button
                      type="button"
                      className="rounded font-medium text-brand underline underline-offset-2"
                      onClick={() => entry.raw_ref && onShowRaw(entry.raw_ref)}
                    >
                      payload
                    </button>
                  )}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}

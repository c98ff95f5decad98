/** The explanation of a headline figure: the period's ladder beside the compared one, step by step. */
import type { LadderRow } from '@/api/types';
import { Money } from '@/components/money';
import { Sheet } from '@/components/sheet';
import { Button, cx } from '@/components/ui';
import { formatRange, type DayRange } from '@/lib/dates';
import { negate, relativeChange } from '@/lib/decimal';
import { money, percent } from '@/lib/format';
import { profitBand, STEPS, type Step } from '@/lib/ladder';
import type { View } from '@/lib/view';
import { dashboardFigure } from '@/features/why/why-model';
import { FIGURES } from './figures-model';

const signedAmount = (step: Step, row: LadderRow) =>
  step.sign === '-' ? negate(row[step.key]) : row[step.key];

export function FigurePanel({
  view,
  total,
  before,
}: {
  view: View;
  total: LadderRow;
  before: { row: LadderRow; range: DayRange } | null;
}) {
  const { search, update, workspace, range } = view;
  const { currency } = workspace;
  const figure = FIGURES.find((one) => one.key === search.figure);
  const close = () => update({ figure: undefined });
  if (!figure) return null;
  const value = figure.value(total);
  const band = profitBand(total);
  const compareWord = view.comparison === 'year' ? 'Year before' : 'Period before';
  // Ratios light up the two steps they are made of.
  const lit = new Set<string>(
    figure.key === 'margin'
      ? ['net_profit', 'net_revenue']
      : figure.key === 'mer'
        ? ['net_revenue', 'ad_spend']
        : [figure.key],
  );
  return (
    <Sheet
      open
      onClose={close}
      title={`${figure.label}: ${value === null ? 'not available' : figure.exact(value, currency)}`}
      description={
        <>
          {formatRange(range)}
          {before && ` compared with ${formatRange(before.range)}`}. {figure.formula}{' '}
          {value === null && figure.missing}
        </>
      }
    >
      <table className="w-full text-[13px]">
        <caption className="sr-only">The ladder from gross sales to net profit</caption>
        <thead>
          <tr className="text-xs text-soft">
            <th scope="col" className="pb-2 text-left font-medium">
              Step
            </th>
            <th scope="col" className="pb-2 text-right font-medium">
              This period
            </th>
            {before && (
              <>
                <th scope="col" className="pb-2 pl-3 text-right font-medium max-sm:hidden">
                  {compareWord}
                </th>
                <th scope="col" className="pb-2 pl-3 text-right font-medium">
                  Change
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {STEPS.map((step) => {
            const change = before ? relativeChange(total[step.key], before.row[step.key]) : null;
            return (
              <tr
                key={step.key}
                className={cx('border-t border-line align-top', lit.has(step.key) && 'bg-brand-soft')}
              >
                <th scope="row" className="py-2 pr-3 pl-2 text-left font-normal">
                  <button
                    type="button"
                    className={cx(
                      'rounded text-left decoration-line-strong underline underline-offset-4 hover:decoration-current',
                      step.sign === '=' && 'font-semibold',
                    )}
                    onClick={() => update({ figure: undefined, why: dashboardFigure(step.key, range) })}
                  >
                    {step.label}
                    <span className="sr-only">: why this number?</span>
                  </button>
                  <span className="block max-w-xs text-xs leading-4 text-soft">{step.rule}</span>
                </th>
                <td className={cx('py-2 pr-2 text-right', step.sign === '=' && 'font-semibold')}>
                  <Money value={signedAmount(step, total)} currency={currency} tone={step.sign === '='} />
                </td>
                {before && (
                  <>
                    <td className="py-2 pl-3 text-right text-soft max-sm:hidden">
                      <Money value={signedAmount(step, before.row)} currency={currency} tone={false} />
                    </td>
                    <td className="numeric py-2 pr-2 pl-3 text-right whitespace-nowrap">
                      {change === null ? '–' : percent(change, { signed: true })}
                    </td>
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {band && (
        <p className="mt-4 rounded-lg bg-sunken p-3 text-[13px]">
          Part of the cost of goods is estimated. Were those goods free or as dear as their price, net profit
          would be {money(band.high, currency)} or {money(band.low, currency)}.
        </p>
      )}
      <div className="mt-5 flex flex-wrap gap-2">
        <Button
          look="primary"
          onClick={() => update({ figure: undefined, why: dashboardFigure(figure.key, range) })}
        >
          Why this number?
        </Button>
        <Button
          onClick={() => {
            close();
            document.getElementById('orders')?.scrollIntoView();
          }}
        >
          See the {total.orders === 1 ? 'order' : 'orders'} behind it
        </Button>
      </div>
    </Sheet>
  );
}

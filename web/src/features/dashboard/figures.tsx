/** The tiles on top: a figure, its change, its course, and the way to its explanation. */
import type { ReactNode } from 'react';
import type { Definition, LadderRow } from '@/api/types';
import { ArrowDownIcon, ArrowUpIcon } from '@/components/icons';
import { cx, ExplainedBadge, Skeleton } from '@/components/ui';
import { formatRange, type DayRange } from '@/lib/dates';
import { money, percent } from '@/lib/format';
import { profitBand, type Bucket } from '@/lib/ladder';
import { changeOf, FIGURES, figuresBy, type ChangeTone, type Figure } from './figures-model';
import { Sparkline } from './sparkline';

const TONES: Record<ChangeTone, string> = { gain: 'text-gain', loss: 'text-loss', neutral: 'text-soft' };

export interface FiguresProps {
  /** The definition that is shown where it is another one than the ladder's own. */
  other: Definition | undefined;
  total: LadderRow;
  /** The compared period; null while it loads or when there is none. */
  before: { row: LadderRow; range: DayRange } | null;
  /** Why there is no comparison, in a few words. */
  beforeMissing: string | null;
  buckets: readonly Bucket[];
  currency: string;
  provisionalDays: number;
  onExplain: (figure: Figure['key']) => void;
}

export function Figures(props: FiguresProps) {
  return (
    <ul className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-6" aria-label="Figures of the period">
      {figuresBy(props.other).map((figure, index) => (
        <li key={figure.key} className={index === 0 ? 'col-span-2' : ''}>
          <Tile figure={figure} lead={index === 0} {...props} />
        </li>
      ))}
    </ul>
  );
}

function Tile({ figure, lead, ...props }: FiguresProps & { figure: Figure; lead: boolean }) {
  const { total, before, currency, buckets, onExplain } = props;
  const value = figure.value(total);
  const change = before ? changeOf(figure, total, before.row) : null;
  const negative = value?.startsWith('-') ?? false;
  return (
    <div
      className="relative flex h-full flex-col rounded-xl border border-line bg-surface p-4 shadow-card transition-colors has-[button[data-explain]:hover]:border-line-strong"
      data-figure={figure.key}
    >
      <div className="flex min-h-6 items-center justify-between gap-2">
        <button
          type="button"
          data-explain
          className="text-[13px] font-medium text-soft after:absolute after:inset-0 after:rounded-xl focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-2 focus-visible:after:outline-brand"
          onClick={() => onExplain(figure.key)}
        >
          {figure.label}
          <span className="sr-only">: how it is made</span>
        </button>
        <span className="relative z-10">
          <Marks figure={figure} {...props} />
        </span>
      </div>
      <div
        className={cx(
          'mt-1 flex flex-1 gap-x-4',
          lead ? 'flex-col sm:flex-row sm:justify-between' : 'flex-col',
        )}
      >
        <div className="min-w-0">
          {value === null ? (
            <p className="text-2xl font-semibold text-soft" title={figure.missing}>
              – <span className="block text-xs leading-5 font-normal">{figure.missing}</span>
            </p>
          ) : (
            <p
              data-value
              title={figure.exact(value, currency)}
              className={cx(
                'numeric relative z-10 w-fit font-semibold tracking-tight',
                lead ? 'text-[34px] leading-10' : 'text-2xl leading-8',
                negative && 'text-loss',
              )}
              onClick={() => onExplain(figure.key)}
            >
              {figure.show(value, currency)}
            </p>
          )}
          <p className="mt-0.5 min-h-5 text-xs leading-5 text-soft">
            {change ? (
              <>
                <span
                  className={cx('numeric inline-flex items-center gap-0.5 font-semibold', TONES[change.tone])}
                >
                  {change.direction > 0 && <ArrowUpIcon aria-hidden="true" strokeWidth="2.2" />}
                  {change.direction < 0 && <ArrowDownIcon aria-hidden="true" strokeWidth="2.2" />}
                  {change.text}
                </span>{' '}
                {before && (
                  <span className={lead ? 'block whitespace-nowrap' : 'sr-only'}>
                    vs {figure.show(figure.value(before.row) ?? '0', currency)} · {formatRange(before.range)}
                  </span>
                )}
              </>
            ) : lead || !props.beforeMissing ? (
              props.beforeMissing
            ) : (
              'no earlier data'
            )}
          </p>
        </div>
        <div className={lead ? 'w-full sm:mt-auto sm:w-[38%]' : 'mt-auto w-full pt-2'}>
          <Sparkline
            values={buckets.map((bucket) => figure.value(bucket))}
            height={lead ? 56 : 32}
            tone={figure.key === 'ad_spend' ? 'ads' : figure.key === 'net_revenue' ? 'revenue' : 'profit'}
          />
        </div>
      </div>
    </div>
  );
}

/** What a figure owes to estimates and to days that may still change. */
function Marks({ figure, total, other, currency, provisionalDays }: FiguresProps & { figure: Figure }) {
  // the band is of the ladder's own net profit
  const band = other ? null : profitBand(total);
  const marks: ReactNode[] = [];
  if (figure.key === 'net_profit' && band) {
    marks.push(
      <ExplainedBadge
        key="estimated"
        text={
          <>
            {total.cost_coverage != null && (
              <>
                Costs are known for {percent(total.cost_coverage)} of product sales; the rest is
                estimated.{' '}
              </>
            )}
            If the estimated goods cost nothing or all of their price, net profit lies between{' '}
            {money(band.low, currency)} and {money(band.high, currency)}.
          </>
        }
      >
        part estimated
      </ExplainedBadge>,
    );
  }
  if (figure.key === 'ad_spend' && provisionalDays > 0) {
    marks.push(
      <ExplainedBadge
        key="provisional"
        text={`Ad platforms may still restate ${provisionalDays} of these days. A day becomes final when its restatement window has passed.`}
      >
        <span className="sr-only">provisional</span>
      </ExplainedBadge>,
    );
  }
  return marks.length > 0 ? <span className="flex gap-1">{marks}</span> : null;
}

export function FiguresLoading() {
  return (
    <div role="status" className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-6">
      <span className="sr-only">Loading the figures</span>
      {FIGURES.map((figure, index) => (
        <Skeleton key={figure.key} className={cx('h-36 rounded-xl', index === 0 && 'col-span-2')} />
      ))}
    </div>
  );
}

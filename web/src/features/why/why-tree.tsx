/** A figure with its parts, each of which opens into its own, down to rows and orders. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { explainQuery, rawQuery } from '@/api/queries';
import type { FigureExplanation, FigurePart } from '@/api/types';
import { ChevronRightIcon } from '@/components/icons';
import { PayloadCard } from '@/components/payload-card';
import { ProblemNote } from '@/components/problem';
import { cx, Skeleton } from '@/components/ui';
import { formatDay } from '@/lib/dates';
import { count, money } from '@/lib/format';
import { wayName } from './why-model';

export interface WalkProps {
  workspace: string;
  /** The currency of the workspace; spend in another one is told in its own. */
  currency: string;
  /** The zone of the workspace's days. */
  timeZone: string;
  onOrder: (id: string) => void;
}

/** A value by its unit. */
export function shown(value: string | null | undefined, unit: string, currency: string): string {
  if (value == null) return '–';
  return unit === 'money' ? money(value, currency) : value;
}

/** The parts of a figure, fetched when they are shown. */
export function WhyParts({
  figure,
  onAnswer,
  ...walk
}: WalkProps & { figure: string; onAnswer?: (answer: FigureExplanation) => React.ReactNode }) {
  const [by, setBy] = useState<string>();
  const query = useInfiniteQuery(explainQuery(walk.workspace, figure, by));
  const first = query.data?.pages[0];
  if (query.isError)
    return <ProblemNote error={query.error} what="this figure" onRetry={() => void query.refetch()} />;
  if (!first)
    return (
      <div role="status" className="space-y-2 py-1">
        <span className="sr-only">Loading the parts</span>
        <Skeleton className="h-7" />
        <Skeleton className="h-7" />
      </div>
    );
  const parts = query.data?.pages.flatMap((page) => page.parts) ?? [];
  const last = query.data?.pages.at(-1);
  return (
    <div className="space-y-2">
      {onAnswer?.(first)}
      {first.ways.length > 1 && (
        <p className="flex flex-wrap items-center gap-1 text-xs text-soft">
          By
          {first.ways.map((way) => (
            <button
              key={way}
              type="button"
              aria-pressed={way === first.by}
              className={cx(
                'min-h-6 rounded-md px-1.5',
                way === first.by
                  ? 'bg-brand-soft font-semibold text-ink'
                  : 'underline underline-offset-2 hover:text-ink',
              )}
              onClick={() => setBy(way)}
            >
              {wayName(way)}
            </button>
          ))}
        </p>
      )}
      {parts.length === 0 ? (
        <p className="text-[13px] text-soft">Nothing happened here.</p>
      ) : (
        <ol className="divide-y divide-line/60 text-[13px]" data-parts={first.figure}>
          {parts.map((part, index) => (
            <li key={`${part.figure ?? part.label}${index}`}>
              <Part part={part} unitCurrency={first.currency} {...walk} />
            </li>
          ))}
        </ol>
      )}
      {query.hasNextPage && last?.others && (
        <button
          type="button"
          className="rounded text-[13px] font-medium text-brand underline underline-offset-2"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more of {count(last.count)} parts
        </button>
      )}
    </div>
  );
}

function Part({ part, unitCurrency, ...walk }: WalkProps & { part: FigurePart; unitCurrency: string }) {
  const [open, setOpen] = useState(false);
  const side = part.role === 'over' ? 'Divided: ' : part.role === 'under' ? 'By: ' : '';
  const name = (
    <>
      {side}
      {part.label}
    </>
  );
  const value = (
    <span className="numeric whitespace-nowrap">
      {shown(part.amount ?? part.value, part.unit, unitCurrency)}
    </span>
  );
  const row = 'flex w-full items-start gap-2 rounded-md px-1 py-1.5 text-left';
  return (
    <div data-part={part.label}>
      {part.figure ? (
        <button
          type="button"
          aria-expanded={open}
          className={cx(row, 'hover:bg-sunken')}
          onClick={() => setOpen(!open)}
        >
          <ChevronRightIcon
            className={cx('mt-0.5 shrink-0 text-soft transition-transform', open && 'rotate-90')}
          />
          <span className="min-w-0 flex-1">{name}</span>
          {value}
        </button>
      ) : (
        <p className={row}>
          <span className="min-w-0 flex-1 pl-6">{name}</span>
          {value}
        </p>
      )}
      <Origin part={part} {...walk} />
      {open && part.figure && (
        <div className="mb-2 ml-3 border-l border-line pl-3">
          <WhyParts figure={part.figure} {...walk} />
        </div>
      )}
    </div>
  );
}

/** How an amount was worked out, its day, its order and its rows. */
function Origin({ part, ...walk }: WalkProps & { part: FigurePart }) {
  const { order } = part;
  // a day that is the part's name is not said twice
  const day = part.day && part.day !== part.label ? part.day : null;
  if (!order && !day && !part.formula && part.rows.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-x-2 px-1 pb-1.5 pl-7 text-xs text-soft">
      {day && <span>{formatDay(day)}</span>}
      {part.formula && <span className="numeric">{part.formula}</span>}
      {part.rows.slice(0, 3).map((row) => (
        <SourceRow key={`${row.table}${row.source_id}`} row={row} {...walk} />
      ))}
      {part.rows.length > 3 && <span>and {part.rows.length - 3} more rows</span>}
      {order && (
        <button
          type="button"
          className="rounded font-medium text-brand underline underline-offset-2"
          onClick={() => walk.onOrder(order.order_id)}
        >
          Order {order.name}
        </button>
      )}
    </div>
  );
}

/** A row behind an amount, with what the platform sent of it. */
function SourceRow({ row, workspace, timeZone }: WalkProps & { row: FigurePart['rows'][number] }) {
  const [open, setOpen] = useState(false);
  const name = `${row.table} · ${row.source_id}`;
  if (row.raw_ref == null) return <span className="min-w-0 font-mono break-all">{name}</span>;
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        title="What the platform sent"
        className="min-w-0 rounded text-left font-mono break-all underline decoration-line-strong underline-offset-2 hover:text-ink"
        onClick={() => setOpen(!open)}
      >
        {name}
      </button>
      {open && <Sent workspace={workspace} timeZone={timeZone} table={row.table} id={row.source_id} />}
    </>
  );
}

function Sent(props: { workspace: string; timeZone: string; table: string; id: string }) {
  const raw = useQuery(rawQuery(props.workspace, props.table, props.id));
  return (
    <div className="w-full py-1 text-ink">
      {raw.isError ? (
        <ProblemNote error={raw.error} what="the payload" onRetry={() => void raw.refetch()} />
      ) : raw.data ? (
        <PayloadCard payload={raw.data} timeZone={props.timeZone} startOpen />
      ) : (
        <Skeleton className="h-7" />
      )}
    </div>
  );
}

/** Orders in a virtual grid: only what is seen is drawn, and further pages load as one scrolls. */
import { tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { OrderFilter } from '@/api/queries';
import type { OrderRow } from '@/api/types';
import { ArrowDownIcon, ArrowUpIcon } from '@/components/icons';
import { cx } from '@/components/ui';
import { useMediaQuery } from '@/lib/media';
import { SORTS, type Sort } from '@/lib/search';
import type { View } from '@/lib/view';
import { orderColumns, TEMPLATES } from './order-columns';

const ROW_HEIGHT = 45;
/** Rows left below the fold when the next page is asked for. */
const AHEAD = 30;

const features = tableFeatures({});

export function OrdersTable({
  view,
  rows: data,
  totalCount,
  filter,
  stale,
  onSort,
  hasMore,
  loadingMore,
  loadMore,
}: {
  view: View;
  rows: OrderRow[];
  totalCount: number;
  filter: OrderFilter;
  stale: boolean;
  onSort: (sort: Sort) => void;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
}) {
  'use no memo';
  const wide = useMediaQuery('(min-width: 1240px)');
  const medium = useMediaQuery('(min-width: 640px)');
  const size = wide ? 'wide' : medium ? 'medium' : 'narrow';
  const columns = orderColumns[size];
  const table = useTable({ features, columns, data, getRowId: (row) => row.order_id, meta: { view } });
  const rows = table.getRowModel().rows;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  // eslint-disable-next-line react-hooks/incompatible-library -- this component opts out of memoisation above
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (hasMore && !loadingMore && last >= rows.length - AHEAD) loadMore();
  }, [hasMore, loadingMore, last, rows.length, loadMore]);

  const current = Math.min(active, rows.length - 1);
  const open = (index: number) => {
    const row = rows[index];
    if (row) view.update({ order: row.original.order_id });
  };
  const move = (event: KeyboardEvent) => {
    const page = Math.floor((scroller.current?.clientHeight ?? 400) / ROW_HEIGHT) - 1;
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    if (event.key === 'Enter' || event.key === ' ') {
      if (event.target !== event.currentTarget) return;
      event.preventDefault();
      open(current);
      return;
    }
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(rows.length - 1, current + step));
    setActive(next);
    virtual.scrollToIndex(next);
  };

  return (
    <div className="overflow-hidden rounded-b-xl">
      <div
        ref={scroller}
        role="grid"
        aria-label="Orders. Arrow keys move, Enter opens the explanation"
        aria-rowcount={totalCount + 1}
        aria-busy={stale || loadingMore}
        aria-activedescendant={`order-row-${current}`}
        tabIndex={0}
        onKeyDown={move}
        className={cx(
          'group max-h-[34rem] overflow-auto border-t border-line focus-visible:outline-offset-[-2px]',
          stale && 'opacity-60',
        )}
      >
        <div role="rowgroup" className="sticky top-0 z-10">
          {table.getHeaderGroups().map((group) => (
            <div
              key={group.id}
              role="row"
              aria-rowindex={1}
              className={cx('grid items-center gap-x-3 border-b border-line bg-sunken px-5', TEMPLATES[size])}
            >
              {group.headers.map((header) => (
                <HeaderCell
                  key={header.id}
                  id={header.column.id}
                  label={String(header.column.columnDef.header)}
                  filter={filter}
                  onSort={onSort}
                />
              ))}
            </div>
          ))}
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const selected = view.search.order === row.id;
            return (
              <div
                key={row.id}
                id={`order-row-${item.index}`}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={selected}
                data-order={row.original.name}
                onClick={() => {
                  setActive(item.index);
                  open(item.index);
                }}
                className={cx(
                  'absolute inset-x-0 top-0 grid cursor-pointer items-center gap-x-3 border-b border-line/60 px-5 text-[13px] hover:bg-sunken',
                  TEMPLATES[size],
                  selected && 'bg-brand-soft',
                  item.index === current &&
                    'group-focus-visible:outline-2 group-focus-visible:-outline-offset-2 group-focus-visible:outline-brand',
                )}
                style={{ height: ROW_HEIGHT, transform: `translateY(${item.start}px)` }}
              >
                {row.getAllCells().map((cell) => (
                  <div
                    key={cell.id}
                    role="gridcell"
                    className={cx('min-w-0', NUMERIC.has(cell.column.id) ? 'text-right' : 'truncate')}
                  >
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

export const NUMERIC = new Set(['net_revenue', 'cogs', 'payment_fees', 'net_profit', 'margin']);

function HeaderCell(props: { id: string; label: string; filter: OrderFilter; onSort: (sort: Sort) => void }) {
  const { id, label, filter, onSort } = props;
  const sort = SORTS.find((one) => one === id);
  const sorted = sort !== undefined && filter.sort === sort;
  const Arrow = filter.dir === 'asc' ? ArrowUpIcon : ArrowDownIcon;
  return (
    <div
      role="columnheader"
      className={cx('py-1.5 text-xs font-medium text-soft', NUMERIC.has(id) && 'text-right')}
      {...(sort
        ? { 'aria-sort': sorted ? (filter.dir === 'asc' ? 'ascending' : 'descending') : 'none' }
        : {})}
    >
      {sort ? (
        <button
          type="button"
          onClick={() => onSort(sort)}
          className={cx(
            'inline-flex items-center gap-1 rounded py-0.5 whitespace-nowrap hover:text-ink',
            sorted && 'text-ink',
          )}
        >
          {label}
          {sorted && <Arrow strokeWidth="2" />}
        </button>
      ) : (
        label
      )}
    </div>
  );
}

/** The frame of every chart: title, legend, the same data as a table, and as CSV. */
import { lazy, Suspense, useId, useState, type ReactNode } from 'react';
import { ChartIcon, DownloadIcon, TableIcon } from '@/components/icons';
import { Button, Card, Skeleton, Tip } from '@/components/ui';
import { downloadCsv, toCsv } from '@/lib/csv';
import type { DataColumn, TableContent } from './data-table';

// Asked for by few: the chart is what most people look at.
const DataTable = lazy(() => import('./data-table'));

export interface LegendItem {
  label: string;
  color: string;
  line?: boolean;
  hatched?: boolean;
}

export function Legend({ items }: { items: readonly LegendItem[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-soft" aria-label="Legend">
      {items.map((item) => (
        <li key={item.label} className="flex items-center gap-1.5">
          <span
            aria-hidden="true"
            className={item.line ? 'h-[3px] w-4 rounded-full' : 'size-2.5 rounded-[3px]'}
            style={
              item.hatched
                ? {
                    backgroundImage: `repeating-linear-gradient(-45deg, ${item.color} 0 2px, transparent 2px 4px)`,
                    boxShadow: `inset 0 0 0 1px ${item.color}`,
                  }
                : { background: item.color }
            }
          />
          {item.label}
        </li>
      ))}
    </ul>
  );
}

export function ChartCard<Row>({
  title,
  subtitle,
  actions,
  legend,
  chart,
  columns,
  rows,
  fileName,
  id,
}: {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  legend?: readonly LegendItem[];
  /** The chart, or what stands in its place while there is none. */
  chart: ReactNode;
  columns: readonly DataColumn<Row>[];
  /** Empty while there is nothing to tabulate. */
  rows: readonly Row[];
  fileName: string;
  id?: string;
}) {
  const [view, setView] = useState<'chart' | 'table'>('chart');
  const heading = useId();
  const other = view === 'chart' ? 'table' : 'chart';
  const save = () =>
    downloadCsv(
      `${fileName}.csv`,
      toCsv(
        columns.map((column) => column.key),
        rows.map((row) => columns.map((column) => column.value(row))),
      ),
    );
  return (
    <Card {...(id ? { id } : {})} className="flex min-w-0 flex-col">
      <div role="group" aria-labelledby={heading} className="flex flex-1 flex-col">
        <header className="flex flex-wrap items-start gap-x-3 gap-y-2 px-5 pt-4">
          <div className="min-w-0 flex-1 basis-44">
            <h2 id={heading} className="text-[15px] font-semibold tracking-tight">
              {title}
            </h2>
            {subtitle && <p className="mt-0.5 text-[13px] text-soft">{subtitle}</p>}
          </div>
          <div className="flex items-center gap-1">
            {actions}
            <Tip text={`Show as ${other}`}>
              <Button
                look="ghost"
                square
                aria-label={`Show ${title.toLowerCase()} as ${other}`}
                disabled={rows.length === 0}
                onClick={() => setView(other)}
              >
                {view === 'chart' ? <TableIcon /> : <ChartIcon />}
              </Button>
            </Tip>
            <Tip text="Download CSV">
              <Button
                look="ghost"
                square
                aria-label={`Download ${title.toLowerCase()} as CSV`}
                disabled={rows.length === 0}
                onClick={save}
              >
                <DownloadIcon />
              </Button>
            </Tip>
          </div>
        </header>
        {legend && view === 'chart' && (
          <div className="px-5 pt-3">
            <Legend items={legend} />
          </div>
        )}
        <div className="min-w-0 flex-1 px-5 pt-3 pb-5">
          {view === 'chart' ? (
            chart
          ) : (
            <Suspense fallback={<Skeleton className="h-80" />}>
              <DataTable table={{ columns, rows } as TableContent} caption={title} />
            </Suspense>
          )}
        </div>
      </div>
    </Card>
  );
}

/** The key figures of one source: value, course, where it comes from. */
import { useMemo } from 'react';
import type { KpiRow, KpiSource } from '@/api/types';
import { Badge, Button, Card } from '@/components/ui';
import { titleCase } from '@/lib/format';
import { kpiText, ORIGINS, sparkLines } from './kpis-model';

const WIDTH = 96;
const HEIGHT = 24;

export function SourceCard({
  source,
  currency,
  onOpen,
}: {
  source: KpiSource;
  currency: string;
  onOpen: (row: KpiRow) => void;
}) {
  const manual = source.source === 'manual';
  const names = new Set([source.source, source.connection_id]);
  const readAt = source.kpis.map((row) => row.read_at ?? '').reduce((a, b) => (a > b ? a : b), '');
  return (
    <Card className="overflow-hidden">
      <header className="px-5 pt-4 pb-3">
        <h2 className="text-[15px] font-semibold tracking-tight">
          {manual ? 'Entered by people' : titleCase(source.source)}
        </h2>
        <p className="mt-0.5 text-[13px] text-soft">
          {manual
            ? 'No source has these: what people say stands.'
            : [
                names.size > 1 && source.connection_id,
                readAt ? `read ${new Date(readAt).toLocaleString()}` : 'not read to the end yet',
              ]
                .filter(Boolean)
                .join(' · ')}
        </p>
      </header>
      <ul className="border-t border-line" data-kpi-source={source.connection_id}>
        {source.kpis.map((row) => (
          <Line key={row.metric} row={row} currency={currency} onOpen={() => onOpen(row)} />
        ))}
      </ul>
    </Card>
  );
}

function Line({ row, currency, onOpen }: { row: KpiRow; currency: string; onOpen: () => void }) {
  return (
    <li
      data-kpi={row.metric}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3 last:border-b-0"
    >
      <div className="min-w-40 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 font-medium break-words">
          {row.label}
          {row.overridden && <Badge tone="warn">Set by hand</Badge>}
          {row.provisional && <Badge hatched>May still change</Badge>}
        </p>
        <p className="text-[13px] break-words text-soft">{row.formula ?? ORIGINS[row.origin]}</p>
      </div>
      <Spark values={row.points} />
      <div className="ml-auto min-w-28 text-right">
        <p className="numeric font-semibold" data-kpi-value={row.value ?? ''} title={row.value ?? undefined}>
          {kpiText(row.value, row.unit, currency)}
        </p>
        <p className="text-[13px] text-soft">{row.points.at(-1)?.day}</p>
      </div>
      <Button onClick={onOpen} aria-label={`Values of ${row.label}`}>
        Values
      </Button>
    </li>
  );
}

function Spark({ values }: { values: KpiRow['points'] }) {
  const lines = useMemo(
    () =>
      sparkLines(
        values.map((point) => point.value ?? null),
        WIDTH,
        HEIGHT,
      ),
    [values],
  );
  return (
    <svg
      aria-hidden="true"
      viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`}
      width={WIDTH}
      height={HEIGHT}
      className="shrink-0 text-brand"
    >
      {lines.map((points) => (
        <polyline
          key={points}
          points={points}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.75"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      ))}
    </svg>
  );
}

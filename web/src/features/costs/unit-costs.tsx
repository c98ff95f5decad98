/** Unit costs: what holds today, and behind each everything that was ever recorded. */
import { useMemo, useState } from 'react';
import type { CostBook, UnitCost } from '@/api/types';
import { Money } from '@/components/money';
import { Badge, Button, Card } from '@/components/ui';
import { count, sentenceCase, titleCase } from '@/lib/format';
import type { Open } from './costs-page';
import { costLines, period, SCOPE_NAMES, type CostLine } from './costs-model';

/** Lines that are drawn at once; the search finds the others. */
const SHOWN = 100;

export function UnitCosts({ book, onOpen }: { book: CostBook; onOpen: (open: Open) => void }) {
  const [search, setSearch] = useState('');
  const lines = useMemo(() => costLines(book.costs, book.today, search), [book, search]);
  return (
    <Card id="unit-costs" className="scroll-mt-32">
      <header className="flex flex-wrap items-center gap-3 px-5 pt-4 pb-3">
        <div className="min-w-40 flex-1">
          <h2 className="text-[15px] font-semibold tracking-tight">Unit costs</h2>
          <p role="status" className="mt-0.5 text-[13px] text-soft">
            {count(lines.length)} {lines.length === 1 ? 'cost' : 'costs'}
            {lines.length > SHOWN && `, the first ${SHOWN} are shown`}
          </p>
        </div>
        <input
          type="search"
          aria-label="Search unit costs"
          placeholder="Search"
          className="h-9 w-48 rounded-lg border border-line bg-surface px-3 text-[13px] placeholder:text-soft"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Button look="primary" onClick={() => onOpen({ form: 'cost' })}>
          Add a cost
        </Button>
      </header>
      {lines.length === 0 ? (
        <p className="border-t border-line px-5 py-12 text-center text-soft">
          {search ? 'No cost fits the search.' : 'No unit cost is recorded: costs of goods are estimates.'}
        </p>
      ) : (
        <ul className="border-t border-line">
          {lines.slice(0, SHOWN).map((line) => (
            <Line key={line.key} line={line} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Line({ line, onOpen }: { line: CostLine; onOpen: (open: Open) => void }) {
  const { current, history } = line;
  return (
    <li data-cost={line.scopeId} className="border-b border-line last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3">
        <div className="min-w-48 flex-1">
          <p className="font-medium break-words">{line.title}</p>
          <p className="text-[13px] text-soft">
            {[
              SCOPE_NAMES[line.scope] ?? line.scope,
              line.title === line.scopeId || line.scope === 'variant' ? null : line.scopeId,
              line.country && `to ${line.country}`,
              line.minQuantity > 1 && `from ${line.minQuantity} units`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
        {current ? (
          <>
            <p className="text-right">
              <Money value={current.unit_cost} currency={current.currency} />
              <span className="block text-[13px] text-soft">
                {period(current.valid_from, current.valid_to)}
              </span>
            </p>
            <Kind row={current} />
          </>
        ) : (
          <Badge>Nothing holds today</Badge>
        )}
        <Button aria-label={`New cost of ${line.title}`} onClick={() => onOpen({ form: 'cost', line })}>
          New cost
        </Button>
      </div>
      <details className="px-5 pb-3">
        <summary className="w-fit rounded text-[13px] text-soft">
          History: {count(history.length)} {history.length === 1 ? 'record' : 'records'}
        </summary>
        <ul className="mt-2 space-y-2">
          {history.map((row) => (
            <History key={row.id} row={row} onBack={() => onOpen({ form: 'back', cost: row })} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function Kind({ row }: { row: UnitCost }) {
  if (row.kind === 'estimate') return <Badge hatched>Guess</Badge>;
  return <Badge>{row.kind === 'actual' ? titleCase(row.source) : sentenceCase(row.kind)}</Badge>;
}

function History({ row, onBack }: { row: UnitCost; onBack: () => void }) {
  const who = [titleCase(row.source), row.recorded_by].filter(Boolean).join(', ');
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px]">
      <span className={row.counts ? '' : 'line-through opacity-70'}>
        <Money value={row.unit_cost} currency={row.currency} /> {period(row.valid_from, row.valid_to)}
      </span>
      <Kind row={row} />
      {row.withdrawn ? <Badge>Takes back</Badge> : !row.counts && <Badge>Replaced or taken back</Badge>}
      <span className="text-soft">
        recorded <time dateTime={row.recorded_at}>{row.recorded_at.slice(0, 16).replace('T', ' ')}</time> UTC
        by {who}
        {row.note ? `: ${row.note}` : ''}
      </span>
      {row.counts && row.kind !== 'actual' && (
        <Button look="ghost" className="h-7" onClick={onBack}>
          Take back
        </Button>
      )}
    </li>
  );
}

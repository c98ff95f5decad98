/** The warehouse rows behind an order, one tab per table. */
import * as Tabs from '@radix-ui/react-tabs';
import type { Explanation } from '@/api/types';
import { ExactNumber, printExact } from '@/lib/exact-json';

type Row = Record<string, unknown>;

function text(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  return value instanceof ExactNumber ? value.text : printExact(value);
}

export function OrderRows({ rows }: { rows: Explanation['rows'] }) {
  const tables = (Object.entries(rows) as [string, Row[] | undefined][]).flatMap(([name, list]) =>
    list && list.length > 0 ? [{ name, list }] : [],
  );
  const first = tables[0];
  if (!first) return <p className="text-[13px] text-soft">No rows.</p>;
  return (
    <Tabs.Root defaultValue={first.name}>
      <Tabs.List aria-label="Tables" className="mb-2 flex flex-wrap gap-1">
        {tables.map(({ name, list }) => (
          <Tabs.Trigger
            key={name}
            value={name}
            className="rounded-lg px-2.5 py-1 font-mono text-xs text-soft hover:bg-sunken data-[state=active]:bg-brand-soft data-[state=active]:text-brand"
          >
            {name} <span className="numeric">{list.length}</span>
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {tables.map(({ name, list }) => (
        <Tabs.Content key={name} value={name} className="space-y-3 rounded-lg outline-none">
          {list.map((row, index) => (
            <dl
              key={typeof row.source_id === 'string' ? row.source_id : index}
              className="grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-0.5 rounded-lg border border-line p-3 text-xs leading-5"
            >
              {Object.entries(row).map(([key, value]) => (
                <div key={key} className="contents">
                  <dt className="font-mono text-soft">{key}</dt>
                  <dd className="numeric break-all">{text(value)}</dd>
                </div>
              ))}
            </dl>
          ))}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}

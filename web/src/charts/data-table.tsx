/** The rows behind a chart, as a plain table. */
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useMemo, type ReactNode } from 'react';
import { cx } from '@/components/ui';
import type { Cell } from '@/lib/csv';

export interface DataColumn<Row> {
  /** The name in the CSV: the API's own word. */
  key: string;
  label: string;
  /** The exact value, for the CSV. */
  value: (row: Row) => Cell;
  /** How people see it; the exact value when absent. */
  show?: (row: Row) => ReactNode;
  numeric?: boolean;
}

const features = tableFeatures({});

/** Columns and the rows they read; which kind of row it is concerns only the two of them. */
export interface TableContent {
  columns: readonly DataColumn<unknown>[];
  rows: readonly unknown[];
}

export default function DataTable({
  table: { columns, rows },
  caption,
}: {
  table: TableContent;
  caption: string;
}) {
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, { row: unknown }>();
    return columns.map((column) =>
      helper.display({
        id: column.key,
        header: column.label,
        cell: ({ row }) => (column.show ?? column.value)(row.original.row) ?? '–',
      }),
    );
  }, [columns]);
  const data = useMemo(() => rows.map((row) => ({ row })), [rows]);
  const table = useTable({ features, columns: definitions, data });
  const numeric = new Set(columns.filter((column) => column.numeric).map((column) => column.key));
  return (
    <div
      className="max-h-96 overflow-auto rounded-lg border border-line"
      role="region"
      aria-label={`${caption}, table`}
      tabIndex={0}
    >
      <table className="w-full border-separate border-spacing-0 text-[13px]">
        <caption className="sr-only">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th
                  key={header.id}
                  scope="col"
                  className={cx(
                    'sticky top-0 border-b border-line bg-sunken px-3 py-2 text-xs font-medium whitespace-nowrap text-soft',
                    numeric.has(header.column.id) ? 'text-right' : 'text-left',
                  )}
                >
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} className="hover:bg-sunken/60">
              {row.getAllCells().map((cell) => (
                <td
                  key={cell.id}
                  className={cx(
                    'border-b border-line/60 px-3 py-1.5 whitespace-nowrap',
                    numeric.has(cell.column.id) && 'numeric text-right',
                  )}
                >
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** All orders of the filter as CSV, fetched page by page. */
import { useEffect, useRef, useState } from 'react';
import { fetchOrders, type OrderFilter } from '@/api/queries';
import type { OrderRow } from '@/api/types';
import { CloseIcon, DownloadIcon } from '@/components/icons';
import { Button, Tip } from '@/components/ui';
import { downloadCsv, toCsv, type Cell } from '@/lib/csv';
import { count } from '@/lib/format';

const PAGE = 200;

const COLUMNS: [string, (row: OrderRow) => Cell][] = [
  ['order_id', (row) => row.order_id],
  ['name', (row) => row.name],
  ['day', (row) => row.day],
  ['placed_at', (row) => row.placed_at],
  ['channel', (row) => row.channel],
  ['customer', (row) => row.customer],
  ['financial_status', (row) => row.financial_status],
  ['gross_sales', (row) => row.gross_sales],
  ['discounts', (row) => row.discounts],
  ['returns', (row) => row.returns],
  ['net_sales', (row) => row.net_sales],
  ['shipping_income', (row) => row.shipping_income],
  ['other_income', (row) => row.other_income],
  ['net_revenue', (row) => row.net_revenue],
  ['cogs', (row) => row.cogs],
  ['cogs_source', (row) => row.cogs_source],
  ['shipping_costs', (row) => row.shipping_costs],
  ['payment_fees', (row) => row.payment_fees],
  ['net_profit', (row) => row.net_profit],
  ['margin', (row) => row.margin],
  ['flags', (row) => row.flags.join(' ')],
];

export function ExportOrders(props: { workspace: string; filter: OrderFilter; totalCount: number }) {
  const { workspace, filter, totalCount } = props;
  const [fetched, setFetched] = useState<number | null>(null);
  const [hidden, setHidden] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const run = async () => {
    const abort = new AbortController();
    running.current = abort;
    setFailed(null);
    setFetched(0);
    try {
      const rows: OrderRow[] = [];
      let cursor: string | undefined;
      do {
        const asked = { limit: PAGE, cursor, ...(hidden && { pseudonymised: true }) };
        const page = await fetchOrders(workspace, filter, asked, abort.signal);
        rows.push(...page.rows);
        setFetched(rows.length);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      downloadCsv(
        `orders-${filter.from}-${filter.to}.csv`,
        toCsv(
          COLUMNS.map(([key]) => key),
          rows.map((row) => COLUMNS.map(([, value]) => value(row))),
        ),
      );
    } catch (error) {
      if (!abort.signal.aborted) setFailed(error instanceof Error ? error.message : String(error));
    } finally {
      setFetched(null);
    }
  };

  if (fetched !== null) {
    return (
      <Button onClick={() => running.current?.abort()}>
        <span className="numeric text-soft">
          {count(fetched)} of {count(totalCount)}
        </span>
        <CloseIcon />
        <span className="sr-only">Stop the download</span>
      </Button>
    );
  }
  return (
    <>
      {failed && (
        <p role="alert" className="text-[13px] text-loss">
          Download failed: {failed}
        </p>
      )}
      <label className="flex items-center gap-1.5 text-[13px] text-soft">
        <input type="checkbox" checked={hidden} onChange={(event) => setHidden(event.target.checked)} />
        Hide customers
      </label>
      <Tip text="Download CSV">
        <Button
          look="ghost"
          square
          aria-label="Download orders as CSV"
          disabled={totalCount === 0}
          onClick={() => void run()}
        >
          <DownloadIcon />
        </Button>
      </Tip>
    </>
  );
}

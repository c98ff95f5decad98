/** The columns of the orders, for three widths of screen. */
import { getRouteApi, Link } from '@tanstack/react-router';
import type { OrderRow } from '@/api/types';
import { Money } from '@/components/money';
import { Badge, cx, type Tone } from '@/components/ui';
import { formatDay, formatInstant } from '@/lib/dates';
import { channelName, percent, sentenceCase } from '@/lib/format';
import { useWorkspace } from '@/lib/view';

const route = getRouteApi('/w/$workspace/dashboard');

export const TEMPLATES = {
  wide: 'grid-cols-[minmax(5rem,0.9fr)_6.25rem_minmax(6rem,1.2fr)_minmax(4rem,0.7fr)_minmax(6rem,1.3fr)_repeat(4,minmax(4.75rem,0.8fr))_3.75rem]',
  medium: 'grid-cols-[minmax(5rem,1fr)_6rem_minmax(6rem,1.2fr)_repeat(2,minmax(5.5rem,1fr))_4rem]',
  narrow: 'grid-cols-[minmax(0,1.2fr)_repeat(2,minmax(4.5rem,auto))]',
} as const;

function Name({ row, withDay = false }: { row: OrderRow; withDay?: boolean }) {
  const search = route.useSearch();
  const workspace = useWorkspace();
  return (
    <span className="block min-w-0">
      <Link
        to="/w/$workspace/dashboard"
        params={{ workspace: workspace.id }}
        search={{ ...search, order: row.order_id }}
        // The grid has the focus and the arrow keys; a tab stop per row would be a maze.
        tabIndex={-1}
        resetScroll={false}
        onClick={(event) => event.stopPropagation()}
        className="font-medium text-ink hover:underline"
      >
        {row.name}
      </Link>
      {withDay && <span className="block truncate text-xs text-soft">{formatDay(row.day)}</span>}
    </span>
  );
}

function Placed({ row }: { row: OrderRow }) {
  const workspace = useWorkspace();
  return (
    <time
      dateTime={row.placed_at}
      title={formatInstant(row.placed_at, workspace.time_zone)}
      className="numeric text-soft"
    >
      {formatDay(row.day)}
    </time>
  );
}

function Amount({
  row,
  field,
  strong = false,
}: {
  row: OrderRow;
  field: 'net_revenue' | 'cogs' | 'payment_fees' | 'net_profit';
  strong?: boolean;
}) {
  const { currency } = useWorkspace();
  return <Money value={row[field]} currency={currency} className={cx(strong && 'font-semibold')} />;
}

/** The cost of goods, marked where it is no record but a guess. */
function Cost({ row }: { row: OrderRow }) {
  const { currency } = useWorkspace();
  if (row.cogs_source === 'missing') return <span className="text-soft">no cost</span>;
  const guessed = row.cogs_source === 'estimate_ratio' || row.cogs_source === 'mixed';
  if (!guessed) return <Money value={row.cogs} currency={currency} />;
  return (
    <span className="hatched-soft -mr-1 rounded px-1 text-ink" title={`estimated: ${row.cogs} ${currency}`}>
      <span className="sr-only">estimated </span>
      <Money value={row.cogs} currency={currency} />
    </span>
  );
}

const FLAG_TONES: Partial<Record<string, Tone>> = { refunded: 'warn', cancelled: 'bad' };

export function Flags({ row }: { row: OrderRow }) {
  const flags = row.flags.filter((flag) => flag !== 'estimated_cost' && flag !== row.financial_status);
  return (
    <span className="flex gap-1 overflow-hidden">
      {row.financial_status && (
        <Badge
          tone={
            row.financial_status === 'paid' ? 'good' : row.financial_status === 'refunded' ? 'warn' : 'calm'
          }
        >
          {sentenceCase(row.financial_status)}
        </Badge>
      )}
      {flags.map((flag) => (
        <Badge key={flag} tone={FLAG_TONES[flag] ?? 'calm'}>
          {sentenceCase(flag)}
        </Badge>
      ))}
    </span>
  );
}

interface CellContext {
  row: { original: OrderRow };
}
const column = (id: string, header: string, cell: (row: OrderRow) => React.ReactNode) => ({
  id,
  header,
  cell: ({ row }: CellContext) => cell(row.original),
});

const name = column('name', 'Order', (row) => <Name row={row} />);
const nameAndDay = column('placed_at', 'Order', (row) => <Name row={row} withDay />);
const placed = column('placed_at', 'Placed', (row) => <Placed row={row} />);
const customer = column(
  'customer',
  'Customer',
  (row) => row.customer ?? <span className="text-soft">none</span>,
);
const channel = column('channel', 'Channel', (row) => channelName(row.channel));
const status = column('status', 'Status', (row) => <Flags row={row} />);
const revenue = column('net_revenue', 'Net revenue', (row) => <Amount row={row} field="net_revenue" />);
const cost = column('cogs', 'COGS', (row) => <Cost row={row} />);
const fees = column('payment_fees', 'Fees', (row) => <Amount row={row} field="payment_fees" />);
const profit = column('net_profit', 'Profit', (row) => <Amount row={row} field="net_profit" strong />);
const margin = column('margin', 'Margin', (row) => (
  <span className="numeric text-soft">{row.margin == null ? '–' : percent(row.margin)}</span>
));

export const orderColumns = {
  wide: [name, placed, customer, channel, status, revenue, cost, fees, profit, margin],
  medium: [name, placed, customer, revenue, profit, margin],
  narrow: [nameAndDay, revenue, profit],
};

/** The orders of the period: search, filter, sort, open, export. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ordersQuery, profitQuery, type OrderFilter } from '@/api/queries';
import { ProblemNote } from '@/components/problem';
import { ChoiceMenu } from '@/components/menu';
import { ChevronDownIcon, CloseIcon } from '@/components/icons';
import { Button, Card, Skeleton } from '@/components/ui';
import { formatRange } from '@/lib/dates';
import { count, channelName } from '@/lib/format';
import { ADVERTISING_PREFIX, OPERATING_PREFIX } from '@/lib/ladder';
import type { Sort } from '@/lib/search';
import type { View } from '@/lib/view';
import { ExportOrders } from './export-orders';
import { OrderPanel } from './order-panel';
import { OrderSearch } from './order-search';
import { OrdersTable } from './orders-table';

export default function OrdersSection({ view }: { view: View }) {
  const { workspace, range, search, update } = view;
  const filter = useMemo<OrderFilter>(
    () => ({
      from: range.from,
      to: range.to,
      ...(search.q ? { q: search.q } : {}),
      ...(search.channel ? { channel: search.channel } : {}),
      sort: search.sort ?? 'placed_at',
      dir: search.dir ?? 'desc',
    }),
    [range.from, range.to, search.q, search.channel, search.sort, search.dir],
  );
  const orders = useInfiniteQuery(ordersQuery(workspace.id, filter));
  const rows = useMemo(() => orders.data?.pages.flatMap((page) => page.rows) ?? [], [orders.data]);
  const totalCount = orders.data?.pages[0]?.total_count ?? 0;
  const allDays = range.from === workspace.first_day && range.to === workspace.last_day;
  const filtered = Boolean(search.q ?? search.channel);

  const sortBy = (sort: Sort) => {
    const turned = filter.sort === sort && filter.dir === 'desc' ? 'asc' : 'desc';
    update(
      { sort: sort === 'placed_at' ? undefined : sort, dir: turned === 'desc' ? undefined : turned },
      true,
    );
  };

  return (
    <Card id="orders" className="scroll-mt-32">
      <div role="group" aria-labelledby="orders-title">
        <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-5 pt-4 pb-3">
          <div className="min-w-40 flex-1">
            <h2 id="orders-title" className="text-[15px] font-semibold tracking-tight">
              Orders
            </h2>
            <p role="status" className="mt-0.5 text-[13px] text-soft">
              {orders.data
                ? `${count(totalCount)} ${totalCount === 1 ? 'order' : 'orders'}, ${formatRange(range)}`
                : 'Loading orders'}
            </p>
          </div>
          <OrderSearch value={search.q ?? ''} onChange={(q) => update({ q: q || undefined }, true)} />
          <ChannelFilter view={view} />
          <ExportOrders workspace={workspace.id} filter={filter} totalCount={totalCount} />
        </header>
        {orders.isError && rows.length === 0 ? (
          <div className="p-5 pt-0">
            <ProblemNote error={orders.error} what="the orders" onRetry={() => void orders.refetch()} />
          </div>
        ) : orders.isPending ? (
          <div className="space-y-2 p-5 pt-0">
            {Array.from({ length: 8 }, (_, index) => (
              <Skeleton key={index} className="h-10" />
            ))}
          </div>
        ) : rows.length === 0 ? (
          <div className="border-t border-line px-5 py-16 text-center">
            <p className="font-medium">No orders {filtered ? 'match' : 'in this period'}</p>
            <p className="mt-1 text-soft">
              {filtered
                ? 'Nothing in this period fits the search and the channel.'
                : 'Choose a longer period above.'}
            </p>
            {search.q && workspace.first_day && workspace.last_day && !allDays && (
              <Button
                className="mt-4 mr-2"
                look="primary"
                onClick={() =>
                  update({ from: workspace.first_day ?? undefined, to: workspace.last_day ?? undefined })
                }
              >
                Search all days
              </Button>
            )}
            {filtered && (
              <Button className="mt-4" onClick={() => update({ q: undefined, channel: undefined })}>
                Show all orders
              </Button>
            )}
          </div>
        ) : (
          <OrdersTable
            view={view}
            rows={rows}
            totalCount={totalCount}
            filter={filter}
            stale={orders.isPlaceholderData}
            onSort={sortBy}
            hasMore={orders.hasNextPage}
            loadingMore={orders.isFetchingNextPage}
            loadMore={() => void orders.fetchNextPage()}
          />
        )}
      </div>
      <OrderPanel view={view} />
    </Card>
  );
}

const ALL = '*';

function ChannelFilter({ view }: { view: View }) {
  const { workspace, range, search, update } = view;
  const profit = useQuery(profitQuery(workspace.id, range, 'channel'));
  const channels = (profit.data?.rows ?? [])
    .map((row) => row.channel ?? '')
    .filter(
      (channel) =>
        channel !== '' && !channel.startsWith(ADVERTISING_PREFIX) && !channel.startsWith(OPERATING_PREFIX),
    );
  if (search.channel) {
    return (
      <Button onClick={() => update({ channel: undefined })}>
        <span className="sr-only">Remove the filter: channel</span> {channelName(search.channel)}{' '}
        <CloseIcon className="text-soft" />
      </Button>
    );
  }
  if (channels.length < 2) return null;
  return (
    <ChoiceMenu
      label="Channel"
      value={ALL}
      align="end"
      onChoose={(channel) => update({ channel: channel === ALL ? undefined : channel })}
      choices={[
        { value: ALL, label: 'All channels' },
        ...channels.map((value) => ({ value, label: channelName(value) })),
      ]}
      trigger={
        <Button>
          All channels <ChevronDownIcon className="text-soft" />
        </Button>
      }
    />
  );
}

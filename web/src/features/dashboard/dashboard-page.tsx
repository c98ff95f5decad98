/** The dashboard: am I making money, what changed, and can I trust it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react';
import { connectionsQuery, profitQuery, workspacesQuery } from '@/api/queries';
import { ProblemNote } from '@/components/problem';
import { Button, Card, Skeleton } from '@/components/ui';
import { WhenNear } from '@/components/when-near';
import { headlineFigure } from '@/features/why/why-model';
import { formatDay, formatRange, lengthInDays, usualGrain } from '@/lib/dates';
import { intoBuckets, otherDefinition } from '@/lib/ladder';
import { useView, type View } from '@/lib/view';
import { Channels } from './channels';
import { Figures, FiguresLoading } from './figures';
import { ProfitOverTime } from './profit-over-time';
import { StatusStrip } from './status-strip';
import { Toolbar } from './toolbar';
import { Waterfall } from './waterfall';

const Orders = lazy(() => import('@/features/orders/orders-section'));
const Definitions = lazy(() => import('@/features/definitions/definitions-section'));
const Connections = lazy(() => import('@/features/connections/connections-section'));

// Seen by few or after a click, and so left out of the first page.
const FirstRun = lazy(() => import('./first-run').then((m) => ({ default: m.FirstRun })));
const FigurePanel = lazy(() => import('./figure-panel').then((m) => ({ default: m.FigurePanel })));

const NO_ROWS: never[] = [];

export function DashboardPage() {
  const view = useView();
  const { workspace } = view;
  const known = useQuery(connectionsQuery(workspace.id));
  const connections = known.data?.connections;
  useRefreshAfterSync(workspace.id);
  if (workspace.state === 'locked') return <Locked name={workspace.name} />;
  if (!workspace.last_day) {
    if (known.isPending) return <h1 className="sr-only">Dashboard</h1>;
    return (
      <>
        <h1 className="sr-only">Dashboard</h1>
        {connections && connections.length > 0 ? (
          <div className="mx-auto max-w-[1400px] space-y-6 p-4 sm:p-6">
            <p className="text-[15px]">
              The first data is on its way. Figures appear here as soon as days arrive.
            </p>
            <LazyConnections view={view} />
          </div>
        ) : (
          <Suspense>
            <FirstRun workspace={workspace} />
          </Suspense>
        )}
      </>
    );
  }
  return (
    <>
      <h1 className="sr-only">Dashboard</h1>
      <Toolbar view={view} />
      <div className="mx-auto w-full max-w-[1400px] space-y-5 p-4 sm:p-6">
        <Overview view={view} />
        <WhenNear
          now={wantsOrders(view)}
          fallback={
            <div id="orders" className="h-[38rem] scroll-mt-32 rounded-xl border border-line bg-surface" />
          }
        >
          <Suspense fallback={<Skeleton className="h-[38rem] rounded-xl" />}>
            <Orders view={view} />
          </Suspense>
        </WhenNear>
        <WhenNear
          now={Boolean(view.search.profile ?? view.search.against)}
          fallback={<div id="definitions" className="h-96 scroll-mt-32" />}
        >
          <Suspense fallback={<Skeleton className="h-96 rounded-xl" />}>
            <Definitions view={view} />
          </Suspense>
        </WhenNear>
        <WhenNear now={false} fallback={<div id="connections" className="h-72 scroll-mt-32" />}>
          <LazyConnections view={view} />
        </WhenNear>
      </div>
    </>
  );
}

/** The list of workspaces is asked for again until the other program is done, so this goes by itself. */
function Locked({ name }: { name: string }) {
  return (
    <div role="status" className="mx-auto max-w-2xl px-4 py-20 text-center">
      <h1 className="text-2xl font-semibold tracking-tight">{name} is in use</h1>
      <p className="mt-3 text-[15px] leading-6 text-soft">
        Another program, such as an import, is working on its data. Figures appear here as soon as it is done.
      </p>
    </div>
  );
}

/** A link to an order or to a search must open although the table is not in sight. */
function wantsOrders({ search }: View): boolean {
  return Boolean(search.order ?? search.q ?? search.channel);
}

function LazyConnections({ view }: { view: View }) {
  return (
    <Suspense fallback={<Skeleton className="h-48 rounded-xl" />}>
      <Connections workspace={view.workspace} />
    </Suspense>
  );
}

function Overview({ view }: { view: View }) {
  const { workspace, range, compared, search, update } = view;
  const now = useQuery(profitQuery(workspace.id, range, 'day', search.profile));
  const hasEarlier = compared !== null && (!workspace.first_day || compared.from >= workspace.first_day);
  const earlier = useQuery({
    ...profitQuery(workspace.id, compared ?? range, 'day', search.profile),
    enabled: hasEarlier,
  });
  const other = otherDefinition(now.data);
  const rows = now.data?.rows ?? NO_ROWS;
  const grain = search.grain ?? usualGrain(range);
  const buckets = useMemo(() => intoBuckets(rows, grain), [rows, grain]);
  // A tile's course needs no more than a hundred points, whatever the chart below shows.
  const course = useMemo(() => intoBuckets(rows, usualGrain(range)), [rows, range]);
  const provisionalDays = rows.filter((row) => row.provisional).length;
  const before =
    hasEarlier && earlier.data && !earlier.isPlaceholderData
      ? { row: earlier.data.total, range: compared }
      : null;
  const beforeMissing =
    compared && !hasEarlier && workspace.first_day
      ? `Nothing to compare with: data begins ${formatDay(workspace.first_day)}`
      : null;

  return (
    <div
      className={now.isPlaceholderData ? 'space-y-5 opacity-60 transition-opacity' : 'space-y-5'}
      aria-busy={now.isFetching}
    >
      <div id="overview" className="scroll-mt-32 space-y-4">
        <StatusStrip view={view} profit={now.data} provisionalDays={provisionalDays} />
        {now.isError ? (
          <ProblemNote error={now.error} what="the figures" onRetry={() => void now.refetch()} />
        ) : now.data && rows.length === 0 ? (
          <NothingHere view={view} />
        ) : now.data ? (
          <Figures
            other={other}
            total={now.data.total}
            before={before}
            beforeMissing={beforeMissing}
            buckets={course}
            currency={workspace.currency}
            provisionalDays={provisionalDays}
            onExplain={(figure) =>
              update(other ? { why: headlineFigure(figure, range, other.profile.id) } : { figure })
            }
          />
        ) : (
          <FiguresLoading />
        )}
      </div>
      {now.data
        ? rows.length > 0 && (
            <>
              <ProfitOverTime view={view} buckets={buckets} grain={grain} other={other} />
              <div id="breakdown" className="grid scroll-mt-32 gap-5 xl:grid-cols-2">
                <Waterfall view={view} profit={now.data} />
                <Channels view={view} />
              </div>
              {search.figure && !other && (
                <Suspense>
                  <FigurePanel view={view} total={now.data.total} before={before} />
                </Suspense>
              )}
            </>
          )
        : !now.isError && (
            <Card className="p-5">
              <p role="status" className="sr-only">
                Loading {lengthInDays(range)} days
              </p>
              <Skeleton className="h-96" />
            </Card>
          )}
    </div>
  );
}

/** A period without any data has no figures: zeros would claim that nothing was earned. */
function NothingHere({ view: { workspace, range, update } }: { view: View }) {
  return (
    <Card className="px-5 py-16 text-center">
      <h2 className="text-[15px] font-semibold">No data for {formatRange(range)}</h2>
      <p className="mt-1 text-soft">
        {workspace.first_day && workspace.last_day
          ? `The data of ${workspace.name} runs from ${formatDay(workspace.first_day)} to ${formatDay(workspace.last_day)}.`
          : 'No orders and no ad spend are on record.'}
      </p>
      <Button className="mt-4" look="primary" onClick={() => update({ from: undefined, to: undefined })}>
        Show the last 30 days
      </Button>
    </Card>
  );
}

/** When a sync ends, everything that was computed from its data is asked for again. */
function useRefreshAfterSync(workspace: string) {
  const client = useQueryClient();
  const { data } = useQuery(connectionsQuery(workspace));
  const syncing = data?.connections.filter((connection) => connection.progress != null).length ?? 0;
  const previous = useRef(0);
  useEffect(() => {
    if (syncing < previous.current) {
      void client.invalidateQueries({ queryKey: workspacesQuery().queryKey });
      void client.invalidateQueries({
        queryKey: ['workspace', workspace],
        predicate: (query) => query.queryKey[2] !== 'connections',
      });
    }
    previous.current = syncing;
  }, [client, syncing, workspace]);
}

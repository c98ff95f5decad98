/** Every read and write of the pages, as TanStack Query options: one key per question. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import type { DayRange } from '@/lib/dates';
import { toCount } from '@/lib/decimal';
import { api, readExact, unwrap } from './client';
import type { paths } from './schema';
import type { Connection, CostChange, Explanation, RawPayload } from './types';

/** Rows per page of orders: a few screens, so that scrolling seldom waits. */
export const ORDERS_PAGE = 100;

export const workspacesQuery = () =>
  queryOptions({
    queryKey: ['workspaces'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/workspaces', { signal })),
    // A first sync brings the first day with data; until then, look again.
    refetchInterval: (query) => (query.state.data?.workspaces.every((w) => w.last_day) ? false : 4_000),
  });

/** `profile`: the definition that is shown; the workspace's own without it. */
export const profitQuery = (workspace: string, range: DayRange, by: 'day' | 'channel', profile?: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'profit', by, range.from, range.to, profile],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/profit', {
          params: {
            path: { w: workspace },
            query: { from: range.from, to: range.to, by, ...(profile ? { profile } : {}) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** The definitions of profit are part of the program. */
export const profilesQuery = () =>
  queryOptions({
    queryKey: ['profiles'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/profiles', { signal })),
    staleTime: Infinity,
  });

export const statementQuery = (workspace: string, range: DayRange, profile: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'statement', profile, range.from, range.to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/profit/statement', {
          params: { path: { w: workspace }, query: { from: range.from, to: range.to, profile } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const bridgeQuery = (workspace: string, range: DayRange, first: string, second: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'bridge', first, second, range.from, range.to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/profit/bridge', {
          params: { path: { w: workspace }, query: { from: range.from, to: range.to, first, second } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const cohortsQuery = (workspace: string, measure: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'cohorts', measure],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/customers/cohorts', {
          params: { path: { w: workspace }, query: { measure } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const mrrQuery = (workspace: string, range: DayRange, definition: string | undefined) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'mrr', definition, range.from, range.to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/subscriptions/mrr', {
          params: {
            path: { w: workspace },
            query: { from: range.from, to: range.to, ...(definition ? { definition } : {}) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** What messages cost and brought. */
export const messagesQuery = (workspace: string, range: DayRange) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'messages', range.from, range.to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/messages', {
          params: { path: { w: workspace }, query: { from: range.from, to: range.to } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Deals by stage. */
export const pipelineQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'pipeline'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/workspaces/{w}/pipeline', { params: { path: { w: workspace } }, signal })),
  });

/** How orders are credited to the visits before them. */
export interface Crediting {
  model: string;
  window: string;
  clock: string;
}

export const campaignsQuery = (workspace: string, range: DayRange, crediting: Crediting) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'campaigns', crediting, range.from, range.to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/campaigns', {
          params: {
            path: { w: workspace },
            query: { ...range, ...crediting, window: toCount(crediting.window) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** The ad sets or ads of one campaign. */
export const campaignPartsQuery = (
  workspace: string,
  range: DayRange,
  crediting: Crediting,
  part: { provider: string; campaign_id: string | undefined; by: 'ad_set' | 'ad' },
) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'campaign-parts', crediting, range.from, range.to, part],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/campaigns/parts', {
          params: {
            path: { w: workspace },
            query: { ...range, ...crediting, window: toCount(crediting.window), ...part },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export interface OrderFilter extends DayRange {
  q?: string | undefined;
  channel?: string | undefined;
  sort: 'placed_at' | 'net_profit' | 'net_revenue';
  dir: 'asc' | 'desc';
}

/** One page of orders; `cursor` continues the page before. */
export function fetchOrders(
  workspace: string,
  filter: OrderFilter,
  page: { limit: number; cursor?: string | undefined; pseudonymised?: boolean },
  signal?: AbortSignal,
) {
  return unwrap(
    api.GET('/api/v1/workspaces/{w}/orders', {
      params: { path: { w: workspace }, query: { ...filter, ...page } },
      ...(signal ? { signal } : {}),
    }),
  );
}

export const ordersQuery = (workspace: string, filter: OrderFilter) =>
  infiniteQueryOptions({
    queryKey: ['workspace', workspace, 'orders', filter],
    queryFn: ({ pageParam, signal }) =>
      fetchOrders(workspace, filter, { limit: ORDERS_PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const quarantineQuery = (workspace: string, connection: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'quarantine', connection],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/quarantine', {
          params: { path: { w: workspace }, query: { connection } },
          signal,
        }),
      ),
  });

/** Where a figure comes from, page by page of its parts. */
export const explainQuery = (workspace: string, figure: string, by: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['workspace', workspace, 'why', figure, by],
    queryFn: ({ pageParam, signal }) => fetchFigure(workspace, { figure, by, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });

function fetchFigure(
  workspace: string,
  asked: { figure: string; by?: string | undefined; after?: string | undefined },
  signal: AbortSignal,
) {
  const { figure, by, after } = asked;
  return unwrap(
    api.GET('/api/v1/workspaces/{w}/explain', {
      params: {
        path: { w: workspace },
        query: { figure, limit: 50, ...(by ? { by } : {}), ...(after ? { after } : {}) },
      },
      signal,
    }),
  );
}

/** What the platform sent of a row behind a figure, digit for digit. */
export const rawQuery = (workspace: string, table: string, source_id: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'raw', table, source_id],
    queryFn: ({ signal }) =>
      readExact<RawPayload>(
        api.GET('/api/v1/workspaces/{w}/raw', {
          params: { path: { w: workspace }, query: { table, source_id } },
          parseAs: 'text',
          signal,
        }),
      ),
  });

export const explanationQuery = (workspace: string, orderId: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'explain', orderId],
    queryFn: ({ signal }) =>
      readExact<Explanation>(
        api.GET('/api/v1/workspaces/{w}/orders/{order_id}/explain', {
          params: { path: { w: workspace, order_id: orderId } },
          parseAs: 'text',
          signal,
        }),
      ),
  });

/** The days of a connection on which our numbers and the platform's differ. */
export const differencesQuery = (workspace: string, connection: string, checkedAt: string | null) =>
  queryOptions({
    // a later check is another question
    queryKey: ['workspace', workspace, 'differences', connection, checkedAt],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/completeness', {
          params: { path: { w: workspace }, query: { connection, state: 'differs' } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

const isSyncing = (connection: Connection) =>
  connection.state === 'syncing' || connection.progress != null || connection.check?.state === 'running';

export const connectionsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'connections'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/workspaces/{w}/connections', { params: { path: { w: workspace } }, signal })),
    refetchInterval: (query) => (query.state.data?.connections.some(isSyncing) ? 1_500 : 30_000),
  });

/** The platforms that can be connected; which ways are ready depends on the server's environment alone. */
export const providersQuery = () =>
  queryOptions({
    queryKey: ['providers'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/providers', { signal })),
  });

type BodyOf<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody?: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

/** Connects an account; the platform is asked before anything is kept. */
export function useConnect(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: BodyOf<'/api/v1/workspaces/{w}/connections'>) =>
      unwrap(api.POST('/api/v1/workspaces/{w}/connections', { params: { path: { w: workspace } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: connectionsQuery(workspace).queryKey }),
  });
}

/** Begins a sign-in at a platform; the answer says where the person grants access. */
export function useBeginSignIn(workspace: string) {
  return useMutation({
    mutationFn: (begin: {
      id: string;
      request: BodyOf<'/api/v1/workspaces/{w}/connections/{id}/oauth/start'>;
    }) =>
      unwrap(
        api.POST('/api/v1/workspaces/{w}/connections/{id}/oauth/start', {
          params: { path: { w: workspace, id: begin.id } },
          body: begin.request,
        }),
      ),
  });
}

/** Starts a sync of one connection and watches it. */
export function useStartSync(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (connectionId: string) =>
      unwrap(
        api.POST('/api/v1/workspaces/{w}/connections/{id}/sync', {
          params: { path: { w: workspace, id: connectionId } },
          body: { full: false },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: connectionsQuery(workspace).queryKey }),
  });
}

export const costsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['workspace', workspace, 'costs'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/workspaces/{w}/costs', { params: { path: { w: workspace } }, signal })),
  });

/** Says what a change of the cost book would do, and records nothing. */
export function useCostPreview(workspace: string) {
  return useMutation({
    mutationFn: (body: CostChange) =>
      unwrap(api.POST('/api/v1/workspaces/{w}/costs/preview', { params: { path: { w: workspace } }, body })),
  });
}

/** Records a change of the cost book; every figure may differ afterwards. */
export function useRecordCosts(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CostChange) =>
      unwrap(api.POST('/api/v1/workspaces/{w}/costs', { params: { path: { w: workspace } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['workspace', workspace] }),
  });
}

/** Starts a check of one connection against its platform's own numbers; `heal` reads again what differs. */
export function useStartCheck(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ connection, heal }: { connection: string; heal: boolean }) =>
      unwrap(
        api.POST('/api/v1/workspaces/{w}/connections/{id}/reconcile', {
          params: { path: { w: workspace, id: connection } },
          body: { heal },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: connectionsQuery(workspace).queryKey }),
  });
}

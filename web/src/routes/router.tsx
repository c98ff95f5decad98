/** The addresses of the pages. A new page is one route here and one line in `pages.ts`. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { workspacesQuery } from '@/api/queries';
import { parseSearch } from '@/lib/search';
import { ConnectHost } from '@/features/connect/connect-host';
import { Shell } from '@/layout/shell';
import { NotFound, PageProblem, PageLoading } from './fallbacks';

const FirstRun = lazy(() => import('@/features/dashboard/first-run').then((m) => ({ default: m.FirstRun })));

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  loader: async ({ context }) => {
    const { workspaces } = await context.client.query({ ...workspacesQuery(), staleTime: 'static' });
    const first = workspaces.find((one) => one.state === 'ready') ?? workspaces[0];
    if (first)
      throw redirect({ to: '/w/$workspace/dashboard', params: { workspace: first.id }, replace: true });
  },
  component: () => (
    // The page as a whole changes with its first workspace.
    <ConnectHost workspace="main" onDone={() => window.location.assign('/w/main/dashboard')}>
      <Suspense>
        <FirstRun workspace={null} />
      </Suspense>
    </ConnectHost>
  ),
});

const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspace',
  loader: ({ context }) => context.client.query({ ...workspacesQuery(), staleTime: 'static' }),
  component: Shell,
});

const workspaceIndex = createRoute({
  getParentRoute: () => workspace,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/w/$workspace/dashboard', params, replace: true });
  },
});

const dashboard = createRoute({
  getParentRoute: () => workspace,
  path: '/dashboard',
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import('@/features/dashboard/dashboard-page'), 'DashboardPage'),
});

/** What the way back from a platform says; anything else leads to a page without a connection. */
interface Back {
  workspace: string;
  connection: string;
}

const word = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const signedIn = createRoute({
  getParentRoute: () => root,
  path: '/signed-in',
  validateSearch: (search: Record<string, unknown>): Back => ({
    workspace: word(search['workspace']),
    connection: word(search['connection']),
  }),
  component: lazyRouteComponent(async () => {
    const { SignedIn } = await import('@/features/connect/signed-in');
    return {
      default: function SignedInPage() {
        return <SignedIn {...signedIn.useSearch()} />;
      },
    };
  }),
});

const costs = createRoute({
  getParentRoute: () => workspace,
  path: '/costs',
  // the period of the dashboard goes along, so that the way back leads where one was
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import('@/features/costs/costs-page'), 'CostsPage'),
});

const campaigns = createRoute({
  getParentRoute: () => workspace,
  path: '/campaigns',
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import('@/features/campaigns/campaigns-page'), 'CampaignsPage'),
});

const customers = createRoute({
  getParentRoute: () => workspace,
  path: '/customers',
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import('@/features/customers/customers-page'), 'CustomersPage'),
});

const subscriptions = createRoute({
  getParentRoute: () => workspace,
  path: '/subscriptions',
  validateSearch: parseSearch,
  component: lazyRouteComponent(
    () => import('@/features/subscriptions/subscriptions-page'),
    'SubscriptionsPage',
  ),
});

const kpis = createRoute({
  getParentRoute: () => workspace,
  path: '/kpis',
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import('@/features/kpis/kpis-page'), 'KpisPage'),
});

const audit = createRoute({
  getParentRoute: () => workspace,
  path: '/audit',
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import('@/features/audit/audit-page'), 'AuditPage'),
});

/** Pages before the door, and those of people; none of them belongs to a workspace. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string; problem?: string } => ({
    ...(typeof search['next'] === 'string' ? { next: search['next'] } : {}),
    ...(typeof search['problem'] === 'string' ? { problem: search['problem'] } : {}),
  }),
  component: lazyRouteComponent(async () => {
    const { SignInPage } = await import('@/features/access/sign-in-page');
    return {
      default: function SignInRoute() {
        return <SignInPage {...signIn.useSearch()} />;
      },
    };
  }),
});

const links = () => import('@/features/access/link-pages');

const owner = createRoute({
  getParentRoute: () => root,
  path: '/owner',
  component: lazyRouteComponent(links, 'OwnerPage'),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(links, 'InvitationPage'),
});

const password = createRoute({
  getParentRoute: () => root,
  path: '/password',
  component: lazyRouteComponent(links, 'PasswordPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('@/features/access/account-page'), 'AccountPage'),
});

const people = createRoute({
  getParentRoute: () => root,
  path: '/people',
  component: lazyRouteComponent(() => import('@/features/access/people-page'), 'PeoplePage'),
});

export function buildRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      index,
      signedIn,
      signIn,
      owner,
      invitation,
      password,
      account,
      people,
      workspace.addChildren([
        workspaceIndex,
        dashboard,
        campaigns,
        customers,
        subscriptions,
        kpis,
        costs,
        audit,
      ]),
    ]),
    context: { client },
    defaultErrorComponent: PageProblem,
    defaultPendingComponent: PageLoading,
    defaultPendingMs: 150,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof buildRouter>;
  }
}

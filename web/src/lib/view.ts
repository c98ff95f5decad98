/** What the reader looks at: workspace, range and comparison, read from the address. */
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { workspacesQuery } from '@/api/queries';
import { ApiProblem } from '@/api/client';
import type { Workspace } from '@/api/types';
import { addDays, comparedRange, todayIn, type Comparison, type DayRange } from './dates';
import type { DashboardSearch } from './search';

const workspaceRoute = getRouteApi('/w/$workspace');

export function useWorkspace(): Workspace {
  const { workspace: id } = workspaceRoute.useParams();
  const { data } = useSuspenseQuery(workspacesQuery());
  const found = data.workspaces.find((workspace) => workspace.id === id);
  if (found) return found;
  const known = data.workspaces.map((workspace) => workspace.id).join(', ');
  throw new ApiProblem(
    404,
    'workspace_not_found',
    `there is no workspace "${id}"`,
    `choose one of: ${known || 'none yet'}`,
  );
}

/** The last day with data, or today while there is none: where ranges end. */
export function anchorDay(workspace: Workspace): string {
  return workspace.last_day ?? todayIn(workspace.time_zone);
}

export interface View {
  workspace: Workspace;
  search: DashboardSearch;
  range: DayRange;
  comparison: Comparison;
  /** What is compared with; null for no comparison. */
  compared: DayRange | null;
  /** Changes the address; undefined removes a part. */
  update: (change: Partial<Record<keyof DashboardSearch, string | undefined>>, replace?: boolean) => void;
}

/** The same on every page of a workspace, so that a period goes along from one to the next. */
export function useView(): View {
  const workspace = useWorkspace();
  const search: DashboardSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const update = useCallback<View['update']>(
    (change, replace = false) =>
      void navigate({
        to: '.',
        search: (now: DashboardSearch) => ({ ...now, ...change }) as DashboardSearch,
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  const to = search.to ?? anchorDay(workspace);
  const range = { from: search.from ?? addDays(to, -29), to };
  const comparison = search.compare ?? 'prior';
  return { workspace, search, range, comparison, compared: comparedRange(range, comparison), update };
}

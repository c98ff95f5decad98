/** Reads and writes of key figures. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '@/api/client';
import type { KpiChange } from '@/api/types';

const key = (workspace: string) => ['workspace', workspace, 'kpis'] as const;

export const kpisQuery = (workspace: string) =>
  queryOptions({
    queryKey: [...key(workspace), 'list'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/workspaces/{w}/kpis', { params: { path: { w: workspace } }, signal })),
  });

export const kpiQuery = (workspace: string, metric: string, source: string) =>
  queryOptions({
    queryKey: [...key(workspace), 'one', metric, source],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/kpis/{metric}', {
          params: { path: { w: workspace, metric }, query: { source } },
          signal,
        }),
      ),
  });

export const kpiAuditQuery = (workspace: string) =>
  queryOptions({
    queryKey: [...key(workspace), 'audit'],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/kpis/audit', {
          params: { path: { w: workspace }, query: { limit: 50 } },
          signal,
        }),
      ),
  });

/** A day of a metric of one source. */
export interface KpiPlace {
  metric: string;
  source: string;
  day: string;
}

export function useSetOverride(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ metric, day, body }: { metric: string; day: string; body: KpiChange }) =>
      unwrap(
        api.PUT('/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}', {
          params: { path: { w: workspace, metric, day } },
          body,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: key(workspace) }),
  });
}

export function useUnsetOverride(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ metric, source, day }: KpiPlace) =>
      unwrap(
        api.DELETE('/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}', {
          params: { path: { w: workspace, metric, day }, query: { source, by: 'ui' } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: key(workspace) }),
  });
}

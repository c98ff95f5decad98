/** Reads of the audit. */
import { infiniteQueryOptions, keepPreviousData, useMutation } from '@tanstack/react-query';
import { api, unwrap } from '@/api/client';

export interface AuditAsked {
  /** In the subject, the details or the actor. */
  text: string;
  /** How the action begins. */
  action: string;
}

export const auditQuery = (workspace: string, { text, action }: AuditAsked) =>
  infiniteQueryOptions({
    queryKey: ['workspace', workspace, 'audit', text, action],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        api.GET('/api/v1/workspaces/{w}/audit', {
          params: {
            path: { w: workspace },
            query: {
              limit: 100,
              ...(text ? { text } : {}),
              ...(action ? { action } : {}),
              ...(pageParam ? { before: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });

/** Checks the whole chain; asked for by hand, because it reads every entry. */
export const useVerifyAudit = () =>
  useMutation({ mutationFn: () => unwrap(api.GET('/api/v1/audit/verify', {})) });

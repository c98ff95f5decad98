/** Reads and writes of signing in, of one's account and of people and keys. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '@/api/client';
import type { components } from '@/api/schema';

export type Session = components['schemas']['SessionShown'];
export type Role = 'owner' | 'admin' | 'analyst' | 'viewer';

export const ROLES: readonly { value: Role; label: string; detail: string }[] = [
  { value: 'viewer', label: 'Viewer', detail: 'reads figures' },
  { value: 'analyst', label: 'Analyst', detail: 'also costs, overrides, syncs and queries' },
  { value: 'admin', label: 'Admin', detail: 'also people, keys, connections and rules' },
  { value: 'owner', label: 'Owner', detail: 'may everything' },
];

export const sessionQuery = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/session', { signal })),
    staleTime: 60_000,
  });

export const sessionsQuery = () =>
  queryOptions({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/sessions', { signal })),
  });

export const factorQuery = () =>
  queryOptions({
    queryKey: ['second-factor'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/account/second-factor', { signal })),
  });

export const organisationsQuery = () =>
  queryOptions({
    queryKey: ['organisations'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/organisations', { signal })),
  });

export const peopleQuery = (organisation: string) =>
  queryOptions({
    queryKey: ['people', organisation],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/people', { params: { query: { organisation } }, signal })),
  });

export const invitationsQuery = (organisation: string) =>
  queryOptions({
    queryKey: ['invitations', organisation],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/invitations', { params: { query: { organisation } }, signal })),
  });

export const keysQuery = (organisation: string) =>
  queryOptions({
    queryKey: ['keys', organisation],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/keys', { params: { query: { organisation } }, signal })),
  });

/** A change, after which what it touches is read again. */
export function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>, touches: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => Promise.all(touches.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

/** What stands behind `#`: the word of a link. It is never sent with an address. */
export const linkWord = () => window.location.hash.replace(/^#/, '');

/** Goes to a page with everything read anew: what was read before belonged to nobody, or to somebody else. */
export const enter = (path: string) => window.location.replace(path);

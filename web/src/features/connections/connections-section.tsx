/** Every connection: is it whole, is it fresh, and if not, what helps. */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useState } from 'react';
import { connectionsQuery } from '@/api/queries';
import type { Workspace } from '@/api/types';
import { ProblemNote } from '@/components/problem';
import { PlusIcon } from '@/components/icons';
import { Button, Skeleton } from '@/components/ui';
import { ConnectionCard } from './connection-card';

const ConnectDialog = lazy(() => import('@/features/connect/connect-dialog'));

export default function ConnectionsSection({ workspace }: { workspace: Workspace }) {
  const connections = useQuery(connectionsQuery(workspace.id));
  const [connecting, setConnecting] = useState(false);
  const close = useCallback(() => setConnecting(false), []);
  return (
    <section id="connections" aria-labelledby="connections-title" className="scroll-mt-32">
      <div className="mb-3 flex items-center justify-between gap-3">
        <h2 id="connections-title" className="text-[15px] font-semibold tracking-tight">
          Connections
        </h2>
        <Button look="primary" onClick={() => setConnecting(true)}>
          <PlusIcon /> Connect a platform
        </Button>
      </div>
      {connecting && (
        <Suspense>
          <ConnectDialog workspace={workspace.id} onClose={close} />
        </Suspense>
      )}
      {connections.isError ? (
        <ProblemNote
          error={connections.error}
          what="the connections"
          onRetry={() => void connections.refetch()}
        />
      ) : connections.isPending ? (
        <Skeleton className="h-48 rounded-xl" />
      ) : connections.data.connections.length === 0 ? (
        <p className="rounded-xl border border-dashed border-line-strong p-6 text-soft">
          Nothing is connected. These figures come from imported files.
        </p>
      ) : (
        <ul className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
          {connections.data.connections.map((connection) => (
            <li key={connection.id}>
              <ConnectionCard connection={connection} workspace={workspace} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

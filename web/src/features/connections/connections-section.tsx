/** Every connection: is it whole, is it fresh, and if not, what helps. */
import { useQuery } from '@tanstack/react-query';
import { connectionsQuery } from '@/api/queries';
import type { Workspace } from '@/api/types';
import { ProblemNote } from '@/components/problem';
import { PlusIcon } from '@/components/icons';
import { Button, Skeleton } from '@/components/ui';
import { useConnectDialog } from '@/features/connect/connect-host';
import { ConnectionCard } from './connection-card';

export default function ConnectionsSection({ workspace }: { workspace: Workspace }) {
  const connections = useQuery(connectionsQuery(workspace.id));
  const connect = useConnectDialog();
  return (
    <section id="connections" aria-labelledby="connections-title" className="scroll-mt-32">
      <div className="mb-3 flex items-center justify-between gap-3">
        <h2 id="connections-title" className="text-[15px] font-semibold tracking-tight">
          Connections
        </h2>
        <Button look="primary" onClick={() => connect()}>
          <PlusIcon /> Connect a platform
        </Button>
      </div>
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

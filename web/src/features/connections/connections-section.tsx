/** Every connection: is it whole, is it fresh, and if not, what helps. */
import { useQuery } from '@tanstack/react-query';
import { connectionsQuery } from '@/api/queries';
import type { Workspace } from '@/api/types';
import { ProblemNote } from '@/components/problem';
import { Skeleton } from '@/components/ui';
import { ConnectionCard } from './connection-card';

export default function ConnectionsSection({ workspace }: { workspace: Workspace }) {
  const connections = useQuery(connectionsQuery(workspace.id));
  return (
    <section id="connections" aria-labelledby="connections-title" className="scroll-mt-32">
      <h2 id="connections-title" className="mb-3 text-[15px] font-semibold tracking-tight">
        Connections
      </h2>
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
          Nothing is connected. These figures come from imported files. Connect a platform with{' '}
          <code className="font-mono text-[13px] text-ink">netgain connect</code>.
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

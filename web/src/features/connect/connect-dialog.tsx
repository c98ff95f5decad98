/** Connects an account: first the platform, then the way, then what that way asks for. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { connectionsQuery, providersQuery } from '@/api/queries';
import type { Provider } from '@/api/types';
import { ChevronRightIcon } from '@/components/icons';
import { ProblemNote } from '@/components/problem';
import { Sheet } from '@/components/sheet';
import { Skeleton } from '@/components/ui';
import { sentenceCase } from '@/lib/format';
import { ConnectForm } from './connect-form';
import type { Again } from './connect-host';

export default function ConnectDialog({
  workspace,
  again,
  onClose,
  onDone,
}: {
  workspace: string;
  /** The connection that is made again; without it a platform is chosen first. */
  again: Again | undefined;
  onClose: () => void;
  /** An account is connected. */
  onDone: () => void;
}) {
  const providers = useQuery(providersQuery());
  const connections = useQuery(connectionsQuery(workspace));
  const [picked, setPicked] = useState<Provider | null>(null);
  const chosen = picked ?? providers.data?.providers.find((one) => one.id === again?.provider) ?? null;
  const taken = connections.data?.connections.map((one) => one.id) ?? [];
  return (
    <Sheet
      open
      onClose={onClose}
      title={chosen ? `Connect ${chosen.name}${again ? ' again' : ''}` : 'Connect a platform'}
      description={
        again ? (
          'What was read so far stays; the next sync goes on where the last one ended.'
        ) : chosen ? (
          <button
            type="button"
            className="rounded underline underline-offset-4"
            onClick={() => setPicked(null)}
          >
            Choose another platform
          </button>
        ) : (
          'Its data stays on this machine. Nothing is changed on the platform.'
        )
      }
    >
      {providers.isError ? (
        <ProblemNote error={providers.error} what="the platforms" onRetry={() => void providers.refetch()} />
      ) : providers.isPending ? (
        <Skeleton className="h-64 rounded-xl" />
      ) : chosen ? (
        <ConnectForm
          key={chosen.id}
          provider={chosen}
          workspace={workspace}
          again={again?.connection}
          taken={taken}
          onDone={onDone}
        />
      ) : (
        <ul className="grid gap-2 sm:grid-cols-2">
          {providers.data.providers.map((provider) => (
            <li key={provider.id}>
              <button
                type="button"
                onClick={() => setPicked(provider)}
                className="flex w-full items-center gap-3 rounded-xl border border-line bg-surface p-3 text-left hover:bg-sunken"
              >
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{provider.name}</span>
                  <span className="block text-[13px] text-soft">{sentenceCase(provider.category)}</span>
                </span>
                <ChevronRightIcon className="text-soft" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}

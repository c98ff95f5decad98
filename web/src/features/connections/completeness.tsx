/** Is everything there: the platform's own numbers beside ours, and the records that were set aside. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { quarantineQuery } from '@/api/queries';
import type { Connection, Workspace } from '@/api/types';
import { CopyButton } from '@/components/copy-button';
import { ProblemNote } from '@/components/problem';
import { Badge, Skeleton } from '@/components/ui';
import { checkedAt, healCommand, inWords } from '@/lib/completeness';
import { formatInstant, formatRelative } from '@/lib/dates';
import { count, sentenceCase } from '@/lib/format';

export function Completeness({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const checks = connection.completeness;
  const checked = checkedAt(checks);
  const command = healCommand(workspace.id, connection.id, checks);
  return (
    <>
      {checks.length > 0 && (
        <div className="mt-4 border-t border-line pt-3 text-[13px]">
          <p className="text-xs text-soft">
            Completeness
            {checked && (
              <>
                , checked{' '}
                <time dateTime={checked} title={formatInstant(checked, workspace.time_zone)}>
                  {formatRelative(checked)}
                </time>
              </>
            )}
          </p>
          <ul className="mt-1 space-y-1">
            {checks.map((check) => {
              const { tone, words } = inWords(check);
              return (
                <li key={check.stream} className="flex items-baseline gap-2">
                  <span className={tone === 'calm' ? 'numeric text-soft' : 'numeric'}>{words}</span>
                  {tone === 'bad' && <Badge tone="bad">Differs</Badge>}
                </li>
              );
            })}
          </ul>
          {command && (
            <p className="mt-2 flex items-start gap-2">
              <span className="min-w-0">
                To read just those days again:{' '}
                <code className="font-mono text-xs break-words">{command}</code>
              </span>
              <CopyButton text={command} label="Copy the command" />
            </p>
          )}
        </div>
      )}
      {connection.set_aside > 0 && <SetAside connection={connection} workspace={workspace} />}
    </>
  );
}

function SetAside({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const [open, setOpen] = useState(false);
  const records = useQuery({ ...quarantineQuery(workspace.id, connection.id), enabled: open });
  return (
    <details
      className="mt-3 rounded-lg bg-warn-soft p-3 text-[13px]"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="w-fit rounded font-medium">
        {count(connection.set_aside)} {connection.set_aside === 1 ? 'record is' : 'records are'} set aside
      </summary>
      {records.isError ? (
        <ProblemNote error={records.error} what="the records" />
      ) : records.isPending ? (
        <Skeleton className="mt-2 h-16 rounded" />
      ) : (
        <ul className="mt-2 max-h-56 space-y-1.5 overflow-y-auto">
          {records.data.records.map((record) => (
            <li key={record.raw_ref}>
              {sentenceCase(record.stream)} {record.record_id ?? ''}:{' '}
              <code className="font-mono">{record.path}</code> {record.reason}
              <span className="text-soft">
                {' '}
                (since {formatInstant(record.first_seen, workspace.time_zone)})
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-2 text-soft">
        They lie in the raw archive. A corrected manifest, or a later version of a record, lets them in by
        itself.
      </p>
    </details>
  );
}

/** Is everything there: the platform's own numbers beside ours, and the records that were set aside. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { differencesQuery, quarantineQuery, useStartCheck } from '@/api/queries';
import type { Connection, Workspace } from '@/api/types';
import { ProblemNote } from '@/components/problem';
import { Badge, Button, Skeleton } from '@/components/ui';
import { checkedAt, checkedThrough, differenceInWords, differs, inWords } from '@/lib/completeness';
import { formatInstant, formatRelative } from '@/lib/dates';
import { count, sentenceCase } from '@/lib/format';

/** Differences that are listed by their days. */
const LISTED = 20;

export function Completeness({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const checks = connection.completeness;
  const checked = checkedAt(checks);
  const through = checkedThrough(checks);
  const unequal = differs(checks);
  if (connection.category === 'files') return null;
  return (
    <>
      <div className="mt-4 border-t border-line pt-3 text-[13px]">
        <p className="text-xs text-soft">
          {through === null ? (
            'Not held against the platform’s own numbers yet'
          ) : (
            <>
              {unequal ? 'Checked through ' : 'Reconciled through '}
              <time dateTime={through}>{formatInstant(through, workspace.time_zone)}</time>
              {checked && <> · asked {formatRelative(checked)}</>}
            </>
          )}
        </p>
        {checks.length > 0 && (
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
        )}
        {unequal && <Differences connection={connection} workspace={workspace} checked={checked} />}
        <Actions connection={connection} workspace={workspace} unequal={unequal} />
      </div>
      {connection.set_aside > 0 && <SetAside connection={connection} workspace={workspace} />}
    </>
  );
}

/** The days that differ, each with both numbers. */
function Differences(props: { connection: Connection; workspace: Workspace; checked: string | null }) {
  const { connection, workspace, checked } = props;
  const found = useQuery(differencesQuery(workspace.id, connection.id, checked));
  if (found.isError) return <ProblemNote error={found.error} what="the differences" />;
  if (found.isPending) return <Skeleton className="mt-2 h-10 rounded" />;
  const rows = found.data.rows;
  return (
    <ul className="mt-2 max-h-56 space-y-1 overflow-y-auto rounded-lg bg-loss-soft p-3">
      {rows.slice(0, LISTED).map((row) => (
        <li key={`${row.stream} ${row.measure} ${row.day}`} className="numeric">
          {differenceInWords(row)}
          {row.note && <span className="text-soft"> ({row.note})</span>}
        </li>
      ))}
      {rows.length > LISTED && <li className="text-soft">and {count(rows.length - LISTED)} more</li>}
    </ul>
  );
}

/** Check now, and heal where something differs. */
function Actions(props: { connection: Connection; workspace: Workspace; unequal: boolean }) {
  const { connection, workspace, unequal } = props;
  const start = useStartCheck(workspace.id);
  const check = connection.check;
  const running = check?.state === 'running';
  const blocked = running || start.isPending || connection.progress != null;
  const begin = (heal: boolean) => start.mutate({ connection: connection.id, heal });
  return (
    <>
      {running && (
        <p role="status" className="mt-2 text-soft">
          {check.heal ? 'Checking, and reading again what differs' : 'Checking'}
          {check.stream && `: ${sentenceCase(check.stream).toLowerCase()}`}
        </p>
      )}
      {check?.state === 'failed' && (
        <p className="mt-2 text-loss">The last check did not end well: {check.error}</p>
      )}
      {start.isError && <ProblemNote error={start.error} what="a new check" />}
      <p className="mt-2 flex gap-2">
        <Button disabled={blocked} onClick={() => begin(false)}>
          Check now
          <span className="sr-only">: {connection.name}</span>
        </Button>
        {unequal && (
          <Button disabled={blocked} onClick={() => begin(true)}>
            Heal
            <span className="sr-only">: {connection.name}</span>
          </Button>
        )}
      </p>
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

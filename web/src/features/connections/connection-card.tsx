/** One connection: state, last sync, progress, streams, error with its cure. */
import { type ReactNode, Suspense, lazy, useState } from 'react';
import { useStartSync } from '@/api/queries';
import type { Connection, Workspace } from '@/api/types';
import { MegaphoneIcon, PlugIcon, StoreIcon, SyncIcon, WarningIcon } from '@/components/icons';
import { ProblemNote } from '@/components/problem';
import { Badge, Button, Card, Skeleton, cx, type Tone } from '@/components/ui';
import { formatDuration, formatInstant, formatRelative } from '@/lib/dates';
import { toCount, toGeometry } from '@/lib/decimal';
import { count, percent, sentenceCase, titleCase } from '@/lib/format';
import { useConnectDialog } from '../connect/connect-host';
import { Completeness } from './completeness';
import { ScheduleDetails } from './schedule';

const STATES: Record<string, { label: string; tone: Tone }> = {
  never_synced: { label: 'Not synced yet', tone: 'calm' },
  syncing: { label: 'Syncing', tone: 'good' },
  ok: { label: 'Up to date', tone: 'good' },
  error: { label: 'Needs attention', tone: 'bad' },
  paused: { label: 'Paused', tone: 'warn' },
};

const CATEGORIES: Record<string, ReactNode> = { commerce: <StoreIcon />, advertising: <MegaphoneIcon /> };

export function ConnectionCard({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const start = useStartSync(workspace.id);
  const connect = useConnectDialog();
  const state = STATES[connection.state] ?? { label: sentenceCase(connection.state), tone: 'calm' as const };
  const syncing = connection.state === 'syncing' || connection.progress != null;
  return (
    <Card className="flex h-full flex-col p-5">
      <header className="flex items-start gap-3">
        <span className="flex size-10 shrink-0 items-center justify-center rounded-lg bg-sunken text-lg text-soft">
          {CATEGORIES[connection.category] ?? <PlugIcon />}
        </span>
        <div className="min-w-0 flex-1">
          <h3 className="truncate font-semibold">{connection.name}</h3>
          <p className="text-[13px] text-soft">
            {titleCase(connection.provider)} · {sentenceCase(connection.category)}
          </p>
        </div>
        <Badge tone={state.tone}>{state.label}</Badge>
      </header>

      {connection.progress && <Progress connection={connection} progress={connection.progress} />}

      {connection.error && (
        <div className="mt-4 flex gap-2.5 rounded-lg bg-loss-soft p-3 text-[13px]">
          <WarningIcon className="mt-0.5 shrink-0 text-loss" />
          <div className="min-w-0">
            <p className="font-medium">{sentence(connection.error.message)}</p>
            <p className="mt-1 break-words">
              <span className="font-medium">What helps: </span>
              {connection.error.cure}
            </p>
            <p className="mt-1 font-mono text-xs text-soft">{connection.error.code}</p>
            {connection.state === 'paused' && (
              <Button
                className="mt-3"
                onClick={() => connect({ connection: connection.id, provider: connection.provider })}
              >
                Connect again<span className="sr-only">: {connection.name}</span>
              </Button>
            )}
          </div>
        </div>
      )}

      <dl className="mt-4 grid grid-cols-3 gap-3 text-[13px]">
        <Fact
          label="Last sync"
          instant={connection.last_sync_at}
          timeZone={workspace.time_zone}
          missing="never"
        />
        <Fact
          label="Next sync"
          instant={connection.next_sync_at}
          timeZone={workspace.time_zone}
          missing="on request"
        />
        <div>
          <dt className="text-xs text-soft">Rows</dt>
          <dd className="numeric font-medium">{count(connection.rows)}</dd>
        </div>
      </dl>

      <Completeness connection={connection} workspace={workspace} />

      {connection.category !== 'files' && <ScheduleDetails connection={connection} workspace={workspace} />}

      {connection.category !== 'files' && <HealthDetails connection={connection} workspace={workspace} />}

      <Streams connection={connection} timeZone={workspace.time_zone} />

      <div className="mt-auto pt-4">
        {connection.category === 'files' ? (
          <p className="text-[13px] text-soft">From a file: import it again to change it.</p>
        ) : (
          <>
            {start.isError && <ProblemNote error={start.error} what="a new sync" />}
            <Button
              disabled={
                syncing || start.isPending || (connection.check?.state === 'running' && connection.check.heal)
              }
              onClick={() => start.mutate(connection.id)}
              className={start.isError ? 'mt-3' : ''}
            >
              <SyncIcon className={cx(syncing && 'animate-spin [animation-duration:2s]')} />
              {syncing ? 'Syncing' : 'Sync now'}
              <span className="sr-only">: {connection.name}</span>
            </Button>
          </>
        )}
      </div>
    </Card>
  );
}

const Health = lazy(() => import('./health'));

function HealthDetails({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className="mt-4 border-t border-line pt-3 text-[13px]"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="w-fit rounded font-medium text-soft hover:text-ink">
        Health<span className="sr-only"> of {connection.name}</span>
      </summary>
      {open && (
        <Suspense fallback={<Skeleton className="mt-2 h-16" />}>
          <Health connection={connection} workspace={workspace} />
        </Suspense>
      )}
    </details>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function Fact(props: {
  label: string;
  instant: string | null | undefined;
  timeZone: string;
  missing: string;
}) {
  const { label, instant, timeZone, missing } = props;
  return (
    <div>
      <dt className="text-xs text-soft">{label}</dt>
      <dd className="font-medium">
        {instant ? (
          <time dateTime={instant} title={formatInstant(instant, timeZone)}>
            {formatRelative(instant)}
          </time>
        ) : (
          missing
        )}
      </dd>
    </div>
  );
}

function Progress({
  connection,
  progress,
}: {
  connection: Connection;
  progress: NonNullable<Connection['progress']>;
}) {
  const fraction = progress.fraction ?? null;
  const done = fraction === null ? null : Math.max(0, Math.min(1, toGeometry(fraction)));
  return (
    <div className="mt-4">
      <div
        role="progressbar"
        aria-label={`Sync of ${connection.name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(done === null ? {} : { 'aria-valuenow': Math.round(done * 100) })}
        className="h-1.5 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className={cx(
            'h-full rounded-full bg-brand transition-[width] duration-700',
            done === null && 'w-1/3 animate-[shimmer_1.6s_ease-in-out_infinite]',
          )}
          style={done === null ? undefined : { width: `${done * 100}%` }}
        />
      </div>
      <p className="numeric mt-1.5 text-xs text-soft">
        {sentenceCase(progress.stream)}: {count(progress.rows)} rows
        {fraction !== null && ` · ${percent(fraction, { digits: 0 })}`}
        {progress.rows_per_second != null && ` · ${count(toCount(progress.rows_per_second))} rows/s`}
        {progress.seconds_left != null && ` · about ${formatDuration(progress.seconds_left)} left`}
      </p>
    </div>
  );
}

const STREAM_STATES: Record<string, Tone> = { running: 'good', done: 'calm', idle: 'calm', error: 'bad' };

function Streams({ connection, timeZone }: { connection: Connection; timeZone: string }) {
  if (connection.streams.length === 0) return null;
  return (
    <details className="group mt-4 border-t border-line pt-3 text-[13px]">
      <summary className="w-fit rounded font-medium text-soft hover:text-ink">
        {connection.streams.length} {connection.streams.length === 1 ? 'stream' : 'streams'}
      </summary>
      <ul className="mt-2 space-y-1.5">
        {connection.streams.map((stream) => (
          <li key={stream.stream} className="flex flex-wrap items-baseline gap-x-3">
            <span className="min-w-0 flex-1 truncate">{sentenceCase(stream.stream)}</span>
            <span className="numeric text-soft">{count(stream.rows)}</span>
            <Badge tone={STREAM_STATES[stream.state] ?? 'calm'}>{sentenceCase(stream.state)}</Badge>
            {stream.cursor && (
              <span className="w-full truncate font-mono text-[11px] text-soft" title={stream.cursor}>
                cursor {stream.cursor}
                {stream.last_sync_at && `, ${formatInstant(stream.last_sync_at, timeZone)}`}
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** When a connection is read by itself: how often, not at which hours, and whether at all. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, unwrap } from '@/api/client';
import { connectionsQuery } from '@/api/queries';
import type { Connection, Workspace } from '@/api/types';
import { ProblemNote } from '@/components/problem';
import { Button, Skeleton } from '@/components/ui';
import { formatInstant } from '@/lib/dates';
import { CADENCES, cadenceInWords, type Schedule } from '@/lib/schedule';

const FIELD =
  'h-9 rounded-lg border border-line bg-surface px-2.5 text-[13px] focus-visible:outline-2 focus-visible:outline-brand';

export function ScheduleDetails({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className="mt-4 border-t border-line pt-3 text-[13px]"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="w-fit rounded font-medium text-soft hover:text-ink">
        Schedule<span className="sr-only"> of {connection.name}</span>
      </summary>
      {open && <Loaded connection={connection} workspace={workspace} />}
    </details>
  );
}

function Loaded({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const path = { w: workspace.id, id: connection.id };
  const key = ['workspace', workspace.id, 'schedule', connection.id];
  const schedule = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/workspaces/{w}/connections/{id}/schedule', { params: { path }, signal })),
  });
  const client = useQueryClient();
  const kept = (now: Schedule) => {
    client.setQueryData(key, now);
    return client.invalidateQueries({ queryKey: connectionsQuery(workspace.id).queryKey });
  };
  const save = useMutation({
    mutationFn: (body: { cadence: string | null; quiet: string | null }) =>
      unwrap(api.PUT('/api/v1/workspaces/{w}/connections/{id}/schedule', { params: { path }, body })),
    onSuccess: kept,
  });
  const pause = useMutation({
    mutationFn: (paused: boolean) =>
      unwrap(
        api.POST(
          paused
            ? '/api/v1/workspaces/{w}/connections/{id}/pause'
            : '/api/v1/workspaces/{w}/connections/{id}/resume',
          { params: { path } },
        ),
      ),
    onSuccess: kept,
  });
  if (schedule.isError) return <ProblemNote error={schedule.error} what="the schedule" />;
  if (schedule.isPending) return <Skeleton className="mt-2 h-24 rounded" />;
  const now = schedule.data;
  const error = save.error ?? pause.error;
  return (
    <div className="mt-2 space-y-3">
      {/* a saved schedule makes the form anew, so that it shows what was kept */}
      <Form
        key={`${now.cadence} ${now.quiet ?? ''}`}
        schedule={now}
        workspace={workspace}
        busy={save.isPending}
        onSave={(change) => save.mutate(change)}
      />
      {error && <ProblemNote error={error} what="the schedule" />}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button disabled={pause.isPending} onClick={() => pause.mutate(!now.paused)}>
          {now.paused ? 'Resume' : 'Pause'}
          <span className="sr-only"> the schedule of {connection.name}</span>
        </Button>
        <p role="status" className="text-soft">
          {now.paused
            ? 'Paused: read only when you ask.'
            : now.next_check_at
              ? `Next check against the platform’s own numbers: ${formatInstant(now.next_check_at, workspace.time_zone)}`
              : ''}
        </p>
      </div>
    </div>
  );
}

function Form(props: {
  schedule: Schedule;
  workspace: Workspace;
  busy: boolean;
  onSave: (change: { cadence: string | null; quiet: string | null }) => void;
}) {
  const { schedule, workspace, busy, onSave } = props;
  const [cadence, setCadence] = useState(schedule.cadence);
  const [from, setFrom] = useState(schedule.quiet?.slice(0, 5) ?? '');
  const [to, setTo] = useState(schedule.quiet?.slice(6) ?? '');
  const id = useId();
  const choices = [...new Set([schedule.default_cadence, ...CADENCES, schedule.cadence])];
  const half = (from === '') !== (to === '');
  const quiet = from === '' || to === '' ? null : `${from}-${to}`;
  const changed = cadence !== schedule.cadence || quiet !== (schedule.quiet ?? null);
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onSave({ cadence: cadence === schedule.default_cadence ? null : cadence, quiet });
      }}
    >
      <label htmlFor={`${id}c`} className="flex flex-col gap-1">
        <span className="text-xs text-soft">Read</span>
        <select
          id={`${id}c`}
          className={FIELD}
          value={cadence}
          onChange={(event) => setCadence(event.target.value)}
        >
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {cadenceInWords(choice)}
              {choice === schedule.default_cadence && ' (usual)'}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-xs text-soft">Not between ({workspace.time_zone})</legend>
        <span className="flex items-center gap-2">
          <input
            type="time"
            aria-label="Quiet from"
            className={FIELD}
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
          and
          <input
            type="time"
            aria-label="Quiet until"
            className={FIELD}
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        </span>
      </fieldset>
      <Button type="submit" disabled={busy || half || !changed}>
        Save
      </Button>
    </form>
  );
}

/** How far the figures can be trusted right now: freshness, known costs, provisional days, and what is broken. */
import { useQuery } from '@tanstack/react-query';
import { connectionsQuery } from '@/api/queries';
import type { Connection, LadderRow, Profit } from '@/api/types';
import { SyncIcon, WarningIcon } from '@/components/icons';
import { Notices } from '@/components/notices';
import { Tip } from '@/components/ui';
import { formatDay, formatDuration, formatInstant, formatRelative } from '@/lib/dates';
import { percent } from '@/lib/format';
import { toGeometry } from '@/lib/decimal';
import type { View } from '@/lib/view';

/** The notice that the strip itself gives, with the number of days. */
const SHOWN_AS_DAYS = 'ad_spend_provisional';

export function StatusStrip({
  view,
  profit,
  provisionalDays,
}: {
  view: View;
  profit: Profit | undefined;
  provisionalDays: number;
}) {
  const { workspace } = view;
  const connections = useQuery(connectionsQuery(workspace.id)).data?.connections ?? [];
  const broken = connections.filter((connection) => connection.error != null);
  const running = connections.filter((connection) => connection.progress != null);
  return (
    <div className="space-y-3">
      {broken.map((connection) => (
        <Broken key={connection.id} connection={connection} />
      ))}
      {running.map((connection) => (
        <Running key={connection.id} connection={connection} />
      ))}
      {profit && <Notices notices={profit.notices.filter((notice) => notice.code !== SHOWN_AS_DAYS)} />}
      <ul
        aria-label="Data quality"
        className="flex flex-wrap items-center gap-x-6 gap-y-2 text-[13px] text-soft"
      >
        {workspace.last_day && (
          <li>
            Data through <b className="font-medium text-ink">{formatDay(workspace.last_day)}</b>
            <LastSync connections={connections} timeZone={workspace.time_zone} />
          </li>
        )}
        {profit && <Coverage total={profit.total} />}
        {provisionalDays > 0 && (
          <li className="flex items-center gap-2">
            <span aria-hidden="true" className="hatched size-3 rounded-[3px] border border-current" />
            {provisionalDays} {provisionalDays === 1 ? 'day' : 'days'} with provisional ad spend
          </li>
        )}
      </ul>
    </div>
  );
}

function LastSync({ connections, timeZone }: { connections: readonly Connection[]; timeZone: string }) {
  // The oldest of the last syncs: the page is as fresh as its stalest source.
  const times = connections.flatMap((connection) => connection.last_sync_at ?? []).sort();
  const oldest = times[0];
  if (!oldest) return null;
  return <span title={formatInstant(oldest, timeZone)}>, synced {formatRelative(oldest)}</span>;
}

function Coverage({ total }: { total: LadderRow }) {
  if (total.cost_coverage == null) return null;
  const known = percent(total.cost_coverage);
  const width = `${Math.max(0, Math.min(1, toGeometry(total.cost_coverage))) * 100}%`;
  return (
    <li>
      <Tip text="Share of product sales whose cost is on record. Costs of the rest are estimated by the configured ratio and drawn hatched.">
        <button type="button" className="flex items-center gap-2 rounded">
          <span
            aria-hidden="true"
            className="hatched h-2 w-16 overflow-hidden rounded-full border border-line-strong text-ink"
          >
            <span className="block h-full bg-brand" style={{ width }} />
          </span>
          Costs known for <b className="numeric font-medium text-ink">{known}</b> of sales
        </button>
      </Tip>
    </li>
  );
}

function Broken({ connection }: { connection: Connection }) {
  return (
    <div role="alert" className="flex gap-3 rounded-lg bg-loss-soft px-4 py-3 text-[13px]">
      <WarningIcon className="mt-0.5 shrink-0 text-loss" />
      <p>
        <b className="font-semibold">{connection.name}</b> does not sync: {connection.error?.message}. Figures
        that need it may be incomplete.{' '}
        <a
          href="#connections"
          className="font-medium whitespace-nowrap text-loss underline underline-offset-4"
        >
          See the cure
        </a>
      </p>
    </div>
  );
}

function Running({ connection }: { connection: Connection }) {
  const progress = connection.progress;
  if (!progress) return null;
  return (
    <p role="status" className="flex gap-3 rounded-lg bg-brand-soft px-4 py-3 text-[13px]">
      <SyncIcon className="mt-0.5 shrink-0 animate-spin text-brand [animation-duration:2s]" />
      <span>
        <b className="font-semibold">{connection.name}</b> is syncing
        {progress.fraction != null && <>, {percent(progress.fraction, { digits: 0 })} done</>}
        {progress.seconds_left != null && <>, about {formatDuration(progress.seconds_left)} left</>}. Newest
        days come first; older ones fill in.
      </span>
    </p>
  );
}

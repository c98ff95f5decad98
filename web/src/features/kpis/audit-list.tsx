/** Who or what changed which value, the newest first. */
import { useQuery } from '@tanstack/react-query';
import { ProblemNote } from '@/components/problem';
import { Card, Skeleton } from '@/components/ui';
import { kpiAuditQuery } from './kpi-queries';
import { ACTIONS, kpiText } from './kpis-model';

export function AuditList({
  workspace,
  currency,
  units,
}: {
  workspace: string;
  currency: string;
  /** The units of standard metrics, by name. */
  units: ReadonlyMap<string, string>;
}) {
  const audit = useQuery(kpiAuditQuery(workspace));
  return (
    <Card id="kpi-changes" className="scroll-mt-32">
      <header className="px-5 pt-4 pb-3">
        <h2 className="text-[15px] font-semibold tracking-tight">Changes</h2>
        <p className="mt-0.5 text-[13px] text-soft">
          Every value that was set, replaced by a sync or taken back. Nothing is ever removed from this list.
        </p>
      </header>
      {audit.isError ? (
        <div className="px-5 pb-5">
          <ProblemNote error={audit.error} what="the changes" onRetry={() => void audit.refetch()} />
        </div>
      ) : !audit.data ? (
        <div className="px-5 pb-5">
          <Skeleton className="h-24" />
        </div>
      ) : audit.data.entries.length === 0 ? (
        <p className="border-t border-line px-5 py-10 text-center text-soft">Nothing was changed by hand.</p>
      ) : (
        <ul className="border-t border-line" data-kpi-audit="">
          {audit.data.entries.map((entry) => {
            const text = (value: string | null | undefined) =>
              kpiText(value, units.get(entry.metric), currency);
            return (
              <li key={entry.id} className="border-b border-line px-5 py-3 last:border-b-0">
                <p>
                  <span className="font-medium">{ACTIONS[entry.action] ?? entry.action}</span>:{' '}
                  <span className="break-words">{entry.metric}</span> on {entry.day},{' '}
                  <span className="numeric">{text(entry.old)}</span> → <span className="sr-only">became</span>
                  <span className="numeric">{text(entry.new)}</span>
                </p>
                <p className="text-[13px] break-words text-soft">
                  {[
                    new Date(entry.at).toLocaleString(),
                    entry.actor,
                    entry.source === 'manual' ? null : entry.connection_id,
                    entry.reason,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </p>
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}

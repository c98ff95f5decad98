/** Key figures over time: what each source says, what people say instead, and who changed what. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ProblemNote } from '@/components/problem';
import { Button, Card, Skeleton } from '@/components/ui';
import { useWorkspace } from '@/lib/view';
import { AuditList } from './audit-list';
import { kpisQuery } from './kpi-queries';
import { KpiSheet, type KpiSubject } from './kpi-sheet';
import { SourceCard } from './source-card';

export function KpisPage() {
  const workspace = useWorkspace();
  const kpis = useQuery(kpisQuery(workspace.id));
  const [open, setOpen] = useState<KpiSubject | null>(null);
  const units = useMemo(
    () => new Map((kpis.data?.catalogue ?? []).map((one) => [one.metric, one.unit])),
    [kpis.data],
  );
  const today = kpis.data?.today ?? '';
  return (
    <div className="mx-auto max-w-[100rem] space-y-5 px-3 py-6 sm:px-6">
      <header className="flex flex-wrap items-start gap-3">
        <div className="min-w-60 flex-1">
          <h1 className="text-xl font-semibold tracking-tight">KPIs</h1>
          <p className="mt-1 max-w-prose text-soft">
            The key figures of each source by day. A value that you set stands until its source is read again;
            figures that no source has are yours.
          </p>
        </div>
        {kpis.data && (
          <Button
            look="primary"
            onClick={() => setOpen({ metric: '', label: '', source: 'manual', day: today })}
          >
            Add a metric
          </Button>
        )}
      </header>
      {kpis.isError ? (
        <ProblemNote error={kpis.error} what="the key figures" onRetry={() => void kpis.refetch()} />
      ) : !kpis.data ? (
        <Skeleton className="h-96 rounded-xl" />
      ) : (
        <>
          {kpis.data.sources.length === 0 ? (
            <Card className="px-5 py-16 text-center">
              <h2 className="text-[15px] font-semibold">No key figures yet</h2>
              <p className="mt-1 text-soft">
                They appear after the first sync of a connection. A file or a metric of your own works too.
              </p>
            </Card>
          ) : (
            <div className="grid items-start gap-5 xl:grid-cols-2">
              {kpis.data.sources.map((source) => (
                <SourceCard
                  key={source.connection_id}
                  source={source}
                  currency={kpis.data.currency}
                  onOpen={(row) =>
                    setOpen({
                      metric: row.metric,
                      label: row.label,
                      source: source.connection_id,
                      day: row.points.at(-1)?.day ?? today,
                    })
                  }
                />
              ))}
            </div>
          )}
          <AuditList workspace={workspace.id} currency={kpis.data.currency} units={units} />
          {open && (
            <KpiSheet
              workspace={workspace.id}
              currency={kpis.data.currency}
              subject={open}
              onClose={() => setOpen(null)}
            />
          )}
        </>
      )}
    </div>
  );
}

/** The values of one metric by day, and the form that sets one of them. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '@/api/client';
import type { KpiPoint } from '@/api/types';
import { ProblemNote } from '@/components/problem';
import { Sheet } from '@/components/sheet';
import { Badge, Button, Skeleton } from '@/components/ui';
import { Field } from '@/features/costs/fields';
import { titleCase } from '@/lib/format';
import { kpiQuery, useSetOverride, useUnsetOverride } from './kpi-queries';
import { kpiText } from './kpis-model';

/** What the sheet is about: a metric of a source, or a new one of one's own. */
export interface KpiSubject {
  metric: string;
  label: string;
  source: string;
  /** The day that the form begins with. */
  day: string;
}

export function KpiSheet({
  workspace,
  currency,
  subject,
  onClose,
}: {
  workspace: string;
  currency: string;
  subject: KpiSubject;
  onClose: () => void;
}) {
  const own = subject.source === 'manual';
  const isNew = subject.metric === '';
  return (
    <Sheet
      open
      onClose={onClose}
      title={isNew ? 'A metric of your own' : subject.label}
      description={
        own
          ? 'No source has it: what you enter stands until you change it.'
          : `From ${titleCase(subject.source)}. A value that you set stands until this source is read again.`
      }
    >
      <div className="space-y-6">
        <OverrideForm workspace={workspace} subject={subject} {...(isNew ? { onSaved: onClose } : {})} />
        {!isNew && <Values workspace={workspace} currency={currency} subject={subject} />}
      </div>
    </Sheet>
  );
}

function OverrideForm({
  workspace,
  subject,
  onSaved,
}: {
  workspace: string;
  subject: KpiSubject;
  onSaved?: () => void;
}) {
  const [metric, setMetric] = useState(subject.metric);
  const [day, setDay] = useState(subject.day);
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const set = useSetOverride(workspace);
  const save = () =>
    set.mutate(
      {
        metric: metric.trim(),
        day,
        body: {
          value,
          source: subject.source,
          by: 'ui',
          ...(reason.trim() ? { reason: reason.trim() } : {}),
        },
      },
      {
        onSuccess: () => {
          setValue('');
          setReason('');
          onSaved?.();
        },
      },
    );
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {subject.metric === '' && (
          <Field
            label="Metric"
            required
            maxLength={200}
            value={metric}
            onChange={(event) => setMetric(event.target.value)}
          />
        )}
        <Field
          label="Day"
          type="date"
          required
          value={day}
          onChange={(event) => setDay(event.target.value)}
        />
        <Field
          label="Value"
          inputMode="decimal"
          required
          value={value}
          onChange={(event) => setValue(event.target.value)}
          hint="With a point, such as 12.50. A share is written as 0.05."
        />
        <Field
          label="Reason"
          placeholder="Why, for the list of changes"
          maxLength={200}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <Refusal error={set.error} />
      <Button type="submit" look="primary" disabled={set.isPending}>
        {set.isPending ? 'Saving' : 'Set the value'}
      </Button>
    </form>
  );
}

function Values({
  workspace,
  currency,
  subject,
}: {
  workspace: string;
  currency: string;
  subject: KpiSubject;
}) {
  const one = useQuery(kpiQuery(workspace, subject.metric, subject.source));
  const unset = useUnsetOverride(workspace);
  if (one.isError)
    return <ProblemNote error={one.error} what="the values" onRetry={() => void one.refetch()} />;
  if (!one.data) return <Skeleton className="h-64 rounded-xl" />;
  const series = one.data.series.find((found) => found.connection_id === subject.source);
  const points = series?.points.toReversed() ?? [];
  if (points.length === 0) return <p className="text-soft">It has no values yet.</p>;
  const text = (value: string | null | undefined) => kpiText(value, one.data.unit, currency);
  return (
    <div className="space-y-3">
      <Refusal error={unset.error} />
      <table className="w-full text-[13px]" data-kpi-values={subject.metric}>
        <caption className="sr-only">Values of {subject.label} by day, the newest first</caption>
        <thead className="text-left text-soft">
          <tr>
            <th className="py-1.5 pr-3 font-medium">Day</th>
            <th className="py-1.5 pr-3 text-right font-medium">Value</th>
            <th className="py-1.5 font-medium">Where it comes from</th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={`${point.timestamp} ${JSON.stringify(point.metadata)}`} className="border-t border-line">
              <td className="py-2 pr-3 whitespace-nowrap">{point.day}</td>
              <td className="numeric py-2 pr-3 text-right font-medium" title={point.value ?? undefined}>
                {text(point.value)}
              </td>
              <td className="py-2">
                <Origin
                  point={point}
                  sourceSays={point.source_value == null ? null : text(point.source_value)}
                  busy={unset.isPending}
                  onBack={() =>
                    unset.mutate({ metric: subject.metric, source: subject.source, day: point.day })
                  }
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Origin({
  point,
  sourceSays,
  busy,
  onBack,
}: {
  point: KpiPoint;
  sourceSays: string | null;
  busy: boolean;
  onBack: () => void;
}) {
  if (!point.override) {
    const lack = point.metadata?.['missing_rate'];
    const currency = typeof lack === 'string' ? lack : null;
    return (
      <span className="text-soft">
        {point.value == null
          ? currency
            ? `No exchange rate from ${currency} is known`
            : 'The source names no currency'
          : titleCase(point.source)}
      </span>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Badge tone="warn">Set by hand</Badge>
      <span className="text-soft">
        {[
          `by ${point.override.by}`,
          point.override.reason,
          sourceSays === null ? null : `the source says ${sourceSays}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <Button look="ghost" disabled={busy} onClick={onBack} aria-label={`Take back ${point.day}`}>
        Take back
      </Button>
    </div>
  );
}

function Refusal({ error }: { error: Error | null }) {
  if (!error) return null;
  const cure = error instanceof ApiProblem && error.cure ? ` What helps: ${error.cure}.` : '';
  return (
    <p role="alert" className="rounded-lg bg-loss-soft p-3 text-[13px]">
      {error.message}.{cure}
    </p>
  );
}

/** Who comes back, and what they are worth: cohorts by the month of the first order. */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { cohortsQuery } from '@/api/queries';
import type { CohortTriangle } from '@/api/types';
import { Notices } from '@/components/notices';
import { PageHead } from '@/components/page-head';
import { ProblemNote } from '@/components/problem';
import { formulaOf, Tile } from '@/components/tile';
import { Card, Skeleton } from '@/components/ui';
import { money, multiple, percent } from '@/lib/format';
import { divide } from '@/lib/decimal';
import { useView, type View } from '@/lib/view';
import { figureOf } from '@/features/why/why-model';
import { CohortMap } from './cohort-map';
import { CohortWorth } from './cohort-worth';
import { LtvCurve } from './ltv-curve';

const Lifecycle = lazy(() => import('./lifecycle'));

export function CustomersPage() {
  const view = useView();
  const cohorts = useQuery(cohortsQuery(view.workspace.id, view.search.measure ?? 'customers'));
  return (
    <div className="mx-auto max-w-[100rem] space-y-5 px-3 py-6 sm:px-6">
      <PageHead
        title="Customers"
        about="Customers by the month of their first order: who ordered again, what they left, and when winning them had paid."
        view={view}
        ranged={false}
      />
      {cohorts.isError ? (
        <ProblemNote error={cohorts.error} what="the customers" onRetry={() => void cohorts.refetch()} />
      ) : !cohorts.data ? (
        <Skeleton className="h-96 rounded-xl" />
      ) : cohorts.data.rows.length === 0 ? (
        <>
          <Card className="px-5 py-16 text-center">
            <h2 className="text-[15px] font-semibold">No customers yet</h2>
            <p className="mt-1 text-soft">
              Cohorts appear as soon as orders of known customers are on record.
            </p>
          </Card>
          <Notices notices={cohorts.data.notices} />
        </>
      ) : (
        <>
          <Worth triangle={cohorts.data} view={view} />
          <CohortMap triangle={cohorts.data} view={view} />
          <div className="grid gap-5 xl:grid-cols-2">
            <LtvCurve triangle={cohorts.data} />
            <CohortWorth triangle={cohorts.data} view={view} />
          </div>
          <Notices notices={cohorts.data.notices} />
        </>
      )}
      <Suspense>
        <Lifecycle view={view} />
      </Suspense>
    </div>
  );
}

function Worth({ triangle, view }: { triangle: CohortTriangle; view: View }) {
  const { currency } = view.workspace;
  const { simple, curve, ncac } = triangle;
  const last = curve.at(Math.min(12, curve.length - 1));
  const ratio = last && ncac.value ? divide(last.ltv, ncac.value) : null;
  const why = (measure: string) => () =>
    view.update({ why: figureOf(`cohort:${measure}`, { age: last && String(last.age) }) });
  const amount = (value: string | null | undefined) =>
    value == null ? null : money(value, currency, { digits: 'figure' });
  return (
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-5">
      <Tile
        label={last ? `Value after ${last.age} months` : 'Value'}
        value={amount(last?.ltv)}
        explained="Second contribution margin per customer, historical: what cohorts that are this old have brought"
        onWhy={why('ltv')}
      />
      <Tile
        label="Cost of a new customer"
        value={amount(ncac.value)}
        explained={formulaOf(ncac)}
        note="Ads only, over the whole time"
        onWhy={why('ncac')}
      />
      <Tile
        label="Value to cost"
        value={ratio === null ? null : multiple(ratio)}
        explained="Historical value at that age / cost of a new customer; read it with the payback"
        onWhy={why('ltv_to_cac')}
      />
      <Tile
        label="Paid back"
        value={
          triangle.payback_age == null
            ? null
            : triangle.payback_age === 0
              ? 'first month'
              : `after ${triangle.payback_age} months`
        }
        explained="The first age at which the average value covers the cost of a new customer"
        note={triangle.payback_age == null ? 'Not yet at any known age' : undefined}
        onWhy={why('payback')}
      />
      <Tile
        label="Simple lifetime value"
        value={amount(simple.value.value)}
        explained={`${simple.value.formula}. Assumes that ${simple.assumption}.`}
        note={
          <>
            An assumption, not history:{' '}
            {simple.retention.value != null && `${percent(simple.retention.value)} stay each month`}
          </>
        }
      />
    </div>
  );
}

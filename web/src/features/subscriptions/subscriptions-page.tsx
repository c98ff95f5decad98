/** What recurs each month, and what moved it. */
import { useQuery } from '@tanstack/react-query';
import { mrrQuery } from '@/api/queries';
import type { Mrr } from '@/api/types';
import { Notices } from '@/components/notices';
import { Chooser, PageHead } from '@/components/page-head';
import { ProblemNote } from '@/components/problem';
import { formulaOf, Tile } from '@/components/tile';
import { Card, Skeleton } from '@/components/ui';
import { money, percent, titleCase } from '@/lib/format';
import { useView, type View } from '@/lib/view';
import { figureOf } from '@/features/why/why-model';
import { MrrWaterfall } from './mrr-waterfall';

export function SubscriptionsPage() {
  const view = useView();
  const { workspace, range, search, update } = view;
  const mrr = useQuery(mrrQuery(workspace.id, range, search.definition));
  const known = mrr.data?.definitions ?? [];
  return (
    <div className="mx-auto max-w-[100rem] space-y-5 px-3 py-6 sm:px-6">
      <PageHead
        title="Subscriptions"
        about="Monthly recurring revenue from the first day to the last, and every step between. Products count it differently, so the definition can be chosen."
        view={view}
      >
        {mrr.data && (
          <Chooser
            label="Definition"
            value={mrr.data.definition}
            choices={known.map((value) => ({ value, label: titleCase(value) }))}
            onChoose={(definition) =>
              update({ definition: definition === known[0] ? undefined : definition })
            }
          />
        )}
      </PageHead>
      {mrr.isError ? (
        <ProblemNote error={mrr.error} what="the subscriptions" onRetry={() => void mrr.refetch()} />
      ) : !mrr.data ? (
        <Skeleton className="h-96 rounded-xl" />
      ) : mrr.data.subscriptions === 0 ? (
        <Card className="px-5 py-16 text-center">
          <h2 className="text-[15px] font-semibold">No subscriptions are known</h2>
          <p className="mt-1 text-soft">
            Connect the platform that bills them: its subscriptions and their changes appear here.
          </p>
        </Card>
      ) : (
        <Found mrr={mrr.data} view={view} />
      )}
    </div>
  );
}

const NO_RATE = 'There is no total while an exchange rate is missing';

function Found({ mrr, view }: { mrr: Mrr; view: View }) {
  const { total, churn, by_currency: bridges } = mrr;
  const closing = total?.steps.find((step) => step.key === 'closing');
  const ask = (measure: string, currency?: string) =>
    view.update({
      why: figureOf(`mrr:${measure}`, { ...view.range, definition: mrr.definition, currency }),
    });
  const rate = (value: string | null | undefined) => (value == null ? null : percent(value));
  const single = bridges.length === 1 && bridges[0]?.currency === mrr.currency;
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Tile
          label="Recurring revenue"
          value={closing ? money(closing.amount, mrr.currency, { digits: 'figure' }) : null}
          onWhy={() => ask('closing')}
          explained="What all paying subscriptions bring in a month, at the end of the last day"
          note={closing ? `from ${closing.count} customers or subscriptions` : undefined}
        />
        <Tile
          label="Customer churn"
          value={rate(churn.customers.value)}
          explained={formulaOf(churn.customers)}
          onWhy={() => ask('customer_churn')}
        />
        <Tile
          label="Revenue churn"
          value={rate(churn.revenue?.value)}
          explained={churn.revenue ? formulaOf(churn.revenue) : NO_RATE}
          onWhy={() => ask('revenue_churn')}
        />
        <Tile
          label="Net revenue churn"
          value={rate(churn.net_revenue?.value)}
          explained={churn.net_revenue ? formulaOf(churn.net_revenue) : NO_RATE}
          onWhy={() => ask('net_revenue_churn')}
          note="Below zero where customers grow"
        />
      </div>
      {total && <MrrWaterfall bridge={total} title="What moved recurring revenue" view={view} onAsk={ask} />}
      {!single &&
        bridges.map((bridge) => (
          <MrrWaterfall
            key={bridge.currency}
            bridge={bridge}
            title={`Subscriptions in ${bridge.currency}`}
            view={view}
            onAsk={(step) => ask(step, bridge.currency)}
          />
        ))}
      <Notices notices={mrr.notices} />
    </>
  );
}

/** Which spend pays: what campaigns cost, what their platforms claim, and what visits before orders support. */
import { useQuery } from '@tanstack/react-query';
import { campaignsQuery } from '@/api/queries';
import type { CampaignTable } from '@/api/types';
import { Notices } from '@/components/notices';
import { Chooser, PageHead } from '@/components/page-head';
import { ProblemNote } from '@/components/problem';
import { formulaOf, Tile } from '@/components/tile';
import { Card, Skeleton } from '@/components/ui';
import { count, money, multiple, percent, sentenceCase, titleCase } from '@/lib/format';
import { MODELS, WINDOWS, type Model } from '@/lib/search';
import { useView, type View } from '@/lib/view';
import { figureOf } from '@/features/why/why-model';
import type { PartsOf } from './campaign-parts';
import { CampaignRows } from './campaign-rows';
import { ClaimChart } from './claim-chart';

const MODEL_NAMES: Record<Model, string> = {
  last: 'Last visit',
  first: 'First visit',
  linear: 'All visits alike',
  position: 'Position 40/20/40',
  time_decay: 'Time decay',
  last_paid: 'Last paid visit',
  platform_reported: 'Platforms’ claims only',
};

export function CampaignsPage() {
  const view = useView();
  const { workspace, range, search, update } = view;
  const crediting = {
    model: search.model ?? 'last',
    window: search.window ?? '30',
    clock: search.clock ?? 'order_day',
  };
  const table = useQuery(campaignsQuery(workspace.id, range, crediting));
  return (
    <div className="mx-auto max-w-[100rem] space-y-5 px-3 py-6 sm:px-6">
      <PageHead
        title="Campaigns"
        about="What each campaign cost, what its platform claims, and what the visits before orders support. Claims of several platforms overlap, so they are never added up."
        view={view}
      >
        <Chooser
          label="Credit"
          value={search.model ?? 'last'}
          choices={MODELS.map((value) => ({ value, label: MODEL_NAMES[value] }))}
          onChoose={(model) => update({ model: model === 'last' ? undefined : model })}
        />
        <Chooser
          label="Window"
          value={search.window ?? '30'}
          choices={WINDOWS.map((value) => ({ value, label: `${value} days` }))}
          onChoose={(window) => update({ window: window === '30' ? undefined : window })}
        />
        <Chooser
          label="Counted on"
          value={search.clock ?? 'order_day'}
          choices={[
            { value: 'order_day', label: 'the order’s day' },
            { value: 'click_day', label: 'the visit’s day' },
          ]}
          onChoose={(clock) => update({ clock: clock === 'order_day' ? undefined : clock })}
        />
      </PageHead>
      {table.isError ? (
        <ProblemNote error={table.error} what="the campaigns" onRetry={() => void table.refetch()} />
      ) : !table.data ? (
        <Skeleton className="h-96 rounded-xl" />
      ) : table.data.rows.length === 0 ? (
        <>
          <Card className="px-5 py-16 text-center">
            <h2 className="text-[15px] font-semibold">No campaigns in these days</h2>
            <p className="mt-1 text-soft">Connect an ad account, or choose other days.</p>
          </Card>
          <Notices notices={table.data.notices} />
        </>
      ) : (
        <Found table={table.data} view={view} of={{ workspace: workspace.id, range, crediting }} />
      )}
    </div>
  );
}

function Found({ table, view, of }: { table: CampaignTable; view: View; of: PartsOf }) {
  const { blended, currency } = table;
  const amount = (value: string | null | undefined) =>
    value == null ? null : money(value, currency, { digits: 'figure' });
  const ask = (measure: string) => () =>
    view.update({ why: figureOf(`blended:${measure}`, { ...of.range, ...of.crediting }) });
  const short = table.notices.some((notice) => notice.code === 'short_history');
  const caveat = short ? 'Too low: history is short' : undefined;
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-5">
        <Tile
          label="Marketing efficiency"
          value={blended.mer.value == null ? null : multiple(blended.mer.value)}
          explained={formulaOf(blended.mer)}
          onWhy={ask('mer')}
          note="MER: revenue / spend"
        />
        <Tile
          label="Ad-cost ratio"
          value={blended.ad_cost_ratio.value == null ? null : percent(blended.ad_cost_ratio.value)}
          explained={formulaOf(blended.ad_cost_ratio)}
          onWhy={ask('ad_cost_ratio')}
          note="Spend / revenue; some products call this MER"
        />
        <Tile
          label="Cost of a customer"
          value={amount(blended.cac.value)}
          explained={formulaOf(blended.cac)}
          onWhy={ask('cac')}
        />
        <Tile
          label="Cost of a new customer"
          value={amount(blended.ncac.value)}
          explained={formulaOf(blended.ncac)}
          onWhy={ask('ncac')}
          note={caveat}
        />
        <Tile
          label="… by paid visits"
          value={amount(blended.paid_ncac.value)}
          explained={formulaOf(blended.paid_ncac)}
          onWhy={ask('paid_ncac')}
          note={caveat}
        />
      </div>
      <ClaimChart table={table} />
      <CampaignRows table={table} of={of} />
      <Unsupported table={table} view={view} />
      <Notices notices={table.notices} />
    </>
  );
}

const REASONS: Record<string, string> = {
  no_visit: 'No visit known',
  pending: 'Visits not linked yet',
  no_time: 'Visits without a time',
  too_old: 'Visits before the window',
  after_order: 'Visits after the order',
  not_paid: 'No paid visit',
  platform_reported: 'No credit in this model',
};

/** Orders that no visit supports must not vanish: claims on them cannot be checked. */
function Unsupported({ table, view }: { table: CampaignTable; view: View }) {
  const { currency } = view.workspace;
  return (
    <Card className="p-5">
      <h2 className="text-[15px] font-semibold tracking-tight">What no campaign is credited with</h2>
      <ul className="mt-2 space-y-1 text-[13px] text-soft">
        {table.told_by.map((one) => (
          <li key={one.provider}>
            Visits before {count(one.orders)} credited orders: told by {titleCase(one.provider)}
          </li>
        ))}
        {table.unsupported.map((one) => (
          <li key={one.reason}>
            {REASONS[one.reason] ?? sentenceCase(one.reason)}: {count(one.orders)} of {count(table.orders)}{' '}
            orders, {money(one.net_sales, currency)} net sales
          </li>
        ))}
        <li>
          {money(table.spend_on_orders, currency)} of the spend fell on days with credited orders,{' '}
          {money(table.spend_on_no_order, currency)} on days without any
        </li>
      </ul>
    </Card>
  );
}

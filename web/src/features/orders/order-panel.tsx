/** The explanation of one order, from the ladder down to what the platform sent. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { explanationQuery } from '@/api/queries';
import type { Explanation, Workspace } from '@/api/types';
import { Money } from '@/components/money';
import { ProblemNote } from '@/components/problem';
import { Notices } from '@/components/notices';
import { Sheet } from '@/components/sheet';
import { Skeleton } from '@/components/ui';
import { formatInstant } from '@/lib/dates';
import { channelName, percent, sentenceCase } from '@/lib/format';
import type { View } from '@/lib/view';
import { Flags } from './order-columns';
import { OrderLadder } from './order-ladder';
import { OrderRaw } from './order-raw';
import { OrderRows } from './order-rows';

export function OrderPanel({ view }: { view: View }) {
  const { workspace, search, update } = view;
  const id = search.order;
  const explanation = useQuery({
    ...explanationQuery(workspace.id, id ?? ''),
    enabled: id !== undefined,
    placeholderData: keepPreviousData,
  });
  const data = explanation.data && !explanation.isPlaceholderData ? explanation.data : undefined;
  if (id === undefined) return null;
  return (
    <Sheet
      open
      onClose={() => update({ order: undefined })}
      title={data ? `Order ${data.order.name}` : 'Order'}
      description={
        data ? <Summary data={data} workspace={workspace} /> : 'What it earned, and how that is known'
      }
    >
      {explanation.isError ? (
        <ProblemNote error={explanation.error} what="this order" onRetry={() => void explanation.refetch()} />
      ) : data ? (
        <Body data={data} workspace={workspace} />
      ) : (
        <div role="status" className="space-y-3">
          <span className="sr-only">Loading the order</span>
          {Array.from({ length: 9 }, (_, index) => (
            <Skeleton key={index} className="h-9" />
          ))}
        </div>
      )}
    </Sheet>
  );
}

function Summary({ data: { order }, workspace }: { data: Explanation; workspace: Workspace }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {formatInstant(order.placed_at, workspace.time_zone)} · {channelName(order.channel)}
      {order.customer && ` · ${order.customer}`}
      <Flags row={order} />
    </span>
  );
}

function Heading({ children }: { children: string }) {
  return <h3 className="mb-2 text-[13px] font-semibold">{children}</h3>;
}

function Body({ data, workspace }: { data: Explanation; workspace: Workspace }) {
  const { order, currency } = data;
  const [shown, setShown] = useState<string | null>(null);
  useEffect(() => {
    if (shown !== null)
      document.getElementById(rawId(shown))?.scrollIntoView({ block: 'start', behavior: 'smooth' });
  }, [shown]);
  return (
    <div className="space-y-7">
      <dl className="grid grid-cols-3 gap-3 rounded-lg bg-sunken p-4">
        <Fact label="Net revenue">
          <Money value={order.net_revenue} currency={currency} />
        </Fact>
        <Fact label="Profit before ads">
          <Money value={order.net_profit} currency={currency} />
        </Fact>
        <Fact label="Margin">{order.margin == null ? '–' : percent(order.margin)}</Fact>
      </dl>
      <Notices notices={data.notices} />
      <section>
        <Heading>How it is made</Heading>
        <OrderLadder steps={data.steps} currency={currency} onShowRaw={setShown} />
        <p className="mt-2 text-xs text-soft">
          Cost of goods: {sentenceCase(order.cogs_source).toLowerCase()}. Ad spend belongs to days and not to
          single orders, so it is not in here.
        </p>
      </section>
      {data.settings.length > 0 && (
        <section>
          <Heading>Settings that applied</Heading>
          <ul className="divide-y divide-line rounded-lg border border-line text-[13px]">
            {data.settings.map((setting) => (
              <li key={`${setting.key}${setting.applied_to}`} className="flex flex-wrap gap-x-3 px-3 py-2">
                <code className="min-w-0 flex-1 font-mono text-xs leading-5 break-all">{setting.key}</code>
                <span className="font-medium">{setting.value}</span>
                <span className="w-full text-xs text-soft">
                  {setting.applied_to}
                  {setting.valid_from && `, valid from ${setting.valid_from}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <Heading>Rows in the warehouse</Heading>
        <OrderRows rows={data.rows} />
      </section>
      <section>
        <Heading>What the platform sent</Heading>
        <OrderRaw raw={data.raw} timeZone={workspace.time_zone} opened={shown} />
      </section>
    </div>
  );
}

/** The element of a payload; a pointer may hold characters that an id must not. */
export function rawId(ref: string): string {
  return `raw-${encodeURIComponent(ref)}`;
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{label}</dt>
      <dd className="numeric mt-0.5 text-lg leading-6 font-semibold">{children}</dd>
    </div>
  );
}

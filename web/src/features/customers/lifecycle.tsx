/** Before and after the first sale: what messages cost and brought, and deals by stage. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { messagesQuery, pipelineQuery } from '@/api/queries';
import { Money } from '@/components/money';
import { Notices } from '@/components/notices';
import { ProblemNote } from '@/components/problem';
import { Card } from '@/components/ui';
import { formatRange } from '@/lib/dates';
import { channelName, count, multiple, percent } from '@/lib/format';
import type { View } from '@/lib/view';
import { Consent } from './consent';

export default function Lifecycle({ view }: { view: View }) {
  const { workspace, range } = view;
  const messages = useQuery(messagesQuery(workspace.id, range));
  const pipeline = useQuery(pipelineQuery(workspace.id));
  const sent = messages.data?.rows.filter((row) => row.sent > 0) ?? [];
  const stages = pipeline.data?.rows ?? [];
  return (
    <>
      {messages.isError && (
        <ProblemNote error={messages.error} what="the messages" onRetry={() => void messages.refetch()} />
      )}
      {sent.length > 0 && (
        <Table
          title="Messages"
          about={`What campaigns and flows cost, and what their platforms claim, ${formatRange(range)}`}
          heads={['Campaign', 'Channel', 'Sent', 'Cost', 'Orders', 'Revenue', 'Return']}
          rows={sent.map((row) => [
            row.campaign ?? row.campaign_id,
            row.channel ? channelName(row.channel) : '–',
            count(row.sent),
            row.cost_known ? <Money value={row.cost} currency={workspace.currency} /> : 'not told',
            row.orders,
            <Money value={row.revenue} currency={workspace.currency} />,
            row.roi.value == null ? '–' : multiple(row.roi.value),
          ])}
        />
      )}
      {messages.data && sent.length > 0 && <Notices notices={messages.data.notices} />}
      {pipeline.isError && (
        <ProblemNote error={pipeline.error} what="the pipelines" onRetry={() => void pipeline.refetch()} />
      )}
      {stages.length > 0 && (
        <Table
          title="Pipeline"
          about="Open deals by stage, and how many of those that reached it went on"
          heads={['Stage', 'Open', 'Won', 'Lost', 'Value', 'Weighted', 'Went on']}
          rows={stages.map((row) => [
            row.stage || 'Stage not known',
            count(row.open),
            count(row.won),
            count(row.lost),
            row.value.length === 0
              ? '–'
              : row.value.map((one) => (
                  <Money key={one.currency} value={one.amount} currency={one.currency} />
                )),
            row.weighted.length === 0
              ? '–'
              : row.weighted.map((one) => (
                  <Money key={one.currency} value={one.amount} currency={one.currency} />
                )),
            row.conversion?.value == null ? '–' : percent(row.conversion.value),
          ])}
        />
      )}
      <Consent workspace={workspace.id} />
    </>
  );
}

function Table({
  title,
  about,
  heads,
  rows,
}: {
  title: string;
  about: string;
  heads: readonly string[];
  rows: readonly (readonly ReactNode[])[];
}) {
  return (
    <Card className="p-5">
      <h2 className="text-[15px] font-semibold tracking-tight">{title}</h2>
      <p className="mt-0.5 text-[13px] text-soft">{about}</p>
      <div className="mt-3 overflow-x-auto" role="region" aria-label={title} tabIndex={0}>
        <table className="w-full text-[13px]">
          <caption className="sr-only">{about}</caption>
          <thead>
            <tr className="text-xs text-soft">
              {heads.map((head, at) => (
                <th
                  key={head}
                  scope="col"
                  className={`px-2 py-2 font-medium ${at ? 'text-right' : 'text-left'}`}
                >
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, line) => (
              <tr key={line} className="border-t border-line">
                {cells.map((cell, at) => (
                  <td
                    key={heads[at]}
                    className={`px-2 py-1.5 whitespace-nowrap ${at ? 'numeric text-right' : ''}`}
                  >
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

/** Costs stacked under net profit, by day, week or month. */
import * as ToggleGroup from '@radix-ui/react-toggle-group';
import { useCallback, useMemo } from 'react';
import type { Definition } from '@/api/types';
import { ChartCard, type LegendItem } from '@/charts/chart-card';
import { Chart } from '@/charts/chart';
import { usePalette } from '@/charts/palette';
import { Money } from '@/components/money';
import { Badge } from '@/components/ui';
import type { DataColumn } from '@/charts/data-table';
import { addDays, addMonths, formatBucket, formatRange, type Grain } from '@/lib/dates';
import { percent } from '@/lib/format';
import {
  estimatedCogs,
  marginBy,
  ordersOf,
  resultOf,
  revenueOf,
  type Bucket,
  type MoneyField,
} from '@/lib/ladder';
import { signOf } from '@/lib/decimal';
import type { View } from '@/lib/view';
import { profitOption } from './profit-option';

const GRAINS: Record<Grain, string> = { day: 'Day', week: 'Week', month: 'Month' };

export function ProfitOverTime({
  view,
  buckets,
  grain,
  other,
}: {
  view: View;
  buckets: readonly Bucket[];
  grain: Grain;
  other: Definition | undefined;
}) {
  const { workspace, range, update } = view;
  const { currency } = workspace;
  const palette = usePalette();
  const option = useMemo(
    () => profitOption(buckets, grain, currency, palette, other),
    [buckets, grain, currency, palette, other],
  );

  // A click looks closer: at that week or month by its days.
  const zoom = useCallback(
    (index: number) => {
      const bucket = buckets[index];
      if (!bucket || buckets.length < 2) return;
      const end =
        grain === 'day'
          ? bucket.day
          : grain === 'week'
            ? addDays(bucket.day, 6)
            : addDays(addMonths(bucket.day, 1), -1);
      const from = bucket.day < range.from ? range.from : bucket.day;
      update({ from, to: end > range.to ? range.to : end, grain: undefined });
    },
    [buckets, grain, range, update],
  );

  const estimated = buckets.some((bucket) => signOf(estimatedCogs(bucket)) !== 0);
  const provisional = buckets.some((bucket) => bucket.provisional);
  const legend: LegendItem[] = [
    { label: other?.result_label ?? 'Net profit', color: palette.profit, line: true },
    { label: other?.revenue_label ?? 'Net revenue', color: palette.revenue, line: true },
    ...(other
      ? []
      : [
          { label: 'Cost of goods', color: palette.cogs },
          { label: 'Shipping', color: palette.shipping },
          { label: 'Payment fees', color: palette.fees },
          { label: 'Ad spend', color: palette.ads },
        ]),
    ...(estimated && !other ? [{ label: 'Estimated cost', color: palette.cogs, hatched: true }] : []),
    ...(provisional && !other ? [{ label: 'Provisional spend', color: palette.ads, hatched: true }] : []),
  ];
  const losses = buckets.filter((bucket) => signOf(resultOf(bucket, other)) < 0).length;

  return (
    <ChartCard
      id="profit"
      title="Profit over time"
      subtitle={
        other
          ? `By ${grain} and by the definition ${other.profile.label}`
          : `Where net revenue goes, by ${grain}. What the bars leave of the revenue line is profit.`
      }
      fileName={`profit-by-${grain}-${range.from}-${range.to}`}
      legend={legend}
      rows={buckets}
      columns={columnsFor(grain, currency, other)}
      actions={
        <ToggleGroup.Root
          type="single"
          value={grain}
          onValueChange={(next) => next && update({ grain: next })}
          aria-label="Width of a bar"
          className="mr-1 flex rounded-lg border border-line bg-sunken p-0.5"
        >
          {(Object.keys(GRAINS) as Grain[]).map((value) => (
            <ToggleGroup.Item
              key={value}
              value={value}
              className="rounded-md px-2.5 py-1 text-xs font-medium text-soft data-[state=on]:bg-surface data-[state=on]:text-ink data-[state=on]:shadow-card"
            >
              {GRAINS[value]}
            </ToggleGroup.Item>
          ))}
        </ToggleGroup.Root>
      }
      chart={
        buckets.length === 0 ? (
          <p className="py-24 text-center text-soft">No orders and no ad spend from {formatRange(range)}.</p>
        ) : (
          <Chart
            option={option}
            height={320}
            onSelect={zoom}
            label={`${other ? `${other.result_label} and ${other.revenue_label}` : 'Net profit and costs'} by ${grain}, ${formatRange(range)}: ${buckets.length} bars, ${losses} with a loss. The table view has the values.`}
          />
        )
      }
    />
  );
}

function columnsFor(grain: Grain, currency: string, other: Definition | undefined): DataColumn<Bucket>[] {
  const told = (key: string, label: string, value: (row: Bucket) => string): DataColumn<Bucket> => ({
    key,
    label,
    numeric: true,
    value,
    show: (row) => <Money value={value(row)} currency={currency} />,
  });
  const amount = (key: MoneyField, label: string): DataColumn<Bucket> => ({
    key,
    label,
    numeric: true,
    value: (row) => row[key],
    show: (row) => <Money value={row[key]} currency={currency} />,
  });
  return [
    {
      key: grain,
      label: GRAINS[grain],
      value: (row) => row.day,
      show: (row) => (
        <>
          {formatBucket(grain, row.day)} {row.provisional && <Badge hatched>provisional</Badge>}
        </>
      ),
    },
    {
      key: 'orders',
      label: 'Orders',
      numeric: true,
      value: (row) => ordersOf(row, other),
    },
    ...(other
      ? [
          told('revenue', other.revenue_label, (row) => revenueOf(row, other)),
          told('result', other.result_label, (row) => resultOf(row, other)),
        ]
      : [
          amount('net_revenue', 'Net revenue'),
          amount('cogs', 'Cost of goods'),
          amount('shipping_costs', 'Shipping'),
          amount('payment_fees', 'Fees'),
          amount('ad_spend', 'Ad spend'),
          amount('operating_costs', 'Operating costs'),
          amount('net_profit', 'Net profit'),
        ]),
    {
      key: 'margin',
      label: 'Margin',
      numeric: true,
      value: (row) => marginBy(row, other),
      show: (row) => {
        const margin = marginBy(row, other);
        return margin === null ? '–' : percent(margin);
      },
    },
    {
      key: 'provisional',
      label: 'Final',
      value: (row) => String(row.provisional),
      show: (row) => (row.provisional ? 'no' : 'yes'),
    },
  ];
}

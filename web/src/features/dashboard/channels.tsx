/** What each sales channel leaves, and what advertising takes, to the same sum as the headline. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { connectionsQuery, profitQuery } from '@/api/queries';
import type { Connection, Definition, LadderRow } from '@/api/types';
import { Chart } from '@/charts/chart';
import { ChartCard } from '@/charts/chart-card';
import type { ChartOption } from '@/charts/engine';
import { usePalette, type Palette } from '@/charts/palette';
import { BAR_NAMES, CHART_FONT, SNUG_GRID, rowTooltip, tooltipElement } from '@/charts/tooltip';
import { Money } from '@/components/money';
import { ProblemNote } from '@/components/problem';
import { Skeleton } from '@/components/ui';
import { formatRange } from '@/lib/dates';
import { compare, signOf, toGeometry } from '@/lib/decimal';
import { count, channelName, money, percent, titleCase } from '@/lib/format';
import {
  ADVERTISING_PREFIX,
  marginBy,
  OPERATING_PREFIX,
  ordersOf,
  otherDefinition,
  resultOf,
  revenueOf,
} from '@/lib/ladder';
import type { View } from '@/lib/view';

interface ChannelRow {
  row: LadderRow;
  key: string;
  label: string;
  kind: 'sales' | 'advertising' | 'operating' | 'total';
}

function named(row: LadderRow, connections: readonly Connection[]): ChannelRow {
  const key = row.channel ?? '';
  if (key.startsWith(OPERATING_PREFIX)) {
    return { row, key, kind: 'operating', label: titleCase(key.slice(OPERATING_PREFIX.length)) };
  }
  const advertising = key.startsWith(ADVERTISING_PREFIX);
  const provider = advertising ? key.slice(ADVERTISING_PREFIX.length) : '';
  const connected = connections.filter((connection) => connection.provider === provider);
  const only = connected.length === 1 ? connected[0] : undefined;
  const name = only?.name ?? titleCase(provider);
  return {
    row,
    key,
    kind: advertising ? 'advertising' : 'sales',
    label: advertising ? name : channelName(key),
  };
}

/** Whether a row is of costs alone. */
const isCost = ({ kind }: ChannelRow) => kind === 'advertising' || kind === 'operating';

export function Channels({ view }: { view: View }) {
  const { workspace, range, search, update } = view;
  const { currency } = workspace;
  const palette = usePalette();
  const profit = useQuery(profitQuery(workspace.id, range, 'channel', search.profile));
  const other = otherDefinition(profit.data);
  const connections = useQuery(connectionsQuery(workspace.id));
  const rows = useMemo(
    () =>
      (profit.data?.rows ?? [])
        .map((row) => named(row, connections.data?.connections ?? []))
        .sort((left, right) => compare(resultOf(right.row, other), resultOf(left.row, other))),
    [profit.data, connections.data, other],
  );
  const bars = useMemo<ChannelRow[]>(
    () =>
      profit.data
        ? [
            ...rows,
            { row: profit.data.total, key: '', kind: 'total', label: other?.result_label ?? 'Net profit' },
          ]
        : rows,
    [rows, profit.data, other],
  );
  const option = useMemo(
    () => channelOption(bars, currency, palette, other),
    [bars, currency, palette, other],
  );
  const open = (index: number) => {
    const row = rows[index];
    if (!row || row.kind !== 'sales') return;
    update({ channel: row.key });
    document.getElementById('orders')?.scrollIntoView();
  };

  return (
    <ChartCard
      title="By channel"
      subtitle="What each channel leaves, and what advertising takes"
      fileName={`channels-${range.from}-${range.to}`}
      rows={rows}
      columns={[
        { key: 'channel', label: 'Channel', value: (item) => item.key, show: (item) => item.label },
        {
          key: 'orders',
          label: 'Orders',
          numeric: true,
          value: (item) => ordersOf(item.row, other),
          show: (item) => (isCost(item) ? '–' : count(ordersOf(item.row, other))),
        },
        {
          key: 'net_revenue',
          label: other?.revenue_label ?? 'Net revenue',
          numeric: true,
          value: (item) => revenueOf(item.row, other),
          show: (item) =>
            isCost(item) ? '–' : <Money value={revenueOf(item.row, other)} currency={currency} />,
        },
        {
          key: 'net_profit',
          label: 'Leaves',
          numeric: true,
          value: (item) => resultOf(item.row, other),
          show: (item) => <Money value={resultOf(item.row, other)} currency={currency} />,
        },
        {
          key: 'margin',
          label: 'Margin',
          numeric: true,
          value: (item) => marginBy(item.row, other),
          show: (item) => marginText(item.row, other),
        },
      ]}
      chart={
        profit.isError ? (
          <ProblemNote error={profit.error} what="the channels" onRetry={() => void profit.refetch()} />
        ) : profit.isPending ? (
          <Skeleton className="h-64" />
        ) : rows.length === 0 ? (
          <p className="py-16 text-center text-soft">No sales from {formatRange(range)}.</p>
        ) : (
          <Chart
            option={option}
            height={bars.length * 54 + 8}
            horizontal
            onSelect={open}
            label={`Contribution by channel, ${formatRange(range)}: ${rows.map((item) => `${item.label} ${money(resultOf(item.row, other), currency, { digits: 'figure' })}`).join(', ')}.`}
          />
        )
      }
    />
  );
}

function marginText(row: LadderRow, other: Definition | undefined): string {
  const margin = marginBy(row, other);
  return margin === null ? '–' : percent(margin);
}

/** The channel's name, and beneath it what one asks next. Braces and bars would be read as markup. */
function axisText({ row, label, kind }: ChannelRow, other: Definition | undefined): string {
  const name = label.replaceAll(/[{}|]/g, ' ');
  const short = name.length > 22 ? `${name.slice(0, 21)}…` : name;
  if (kind === 'advertising') return `${short}\n{soft|ad spend}`;
  if (kind === 'operating') return `${short}\n{soft|operating cost}`;
  const own = marginBy(row, other);
  const margin = own === null ? '' : ` · ${percent(own, { digits: 0 })}`;
  const orders = ordersOf(row, other);
  return `${short}\n{soft|${count(orders)} ${orders === 1 ? 'order' : 'orders'}${margin}}`;
}

function channelOption(
  rows: readonly ChannelRow[],
  currency: string,
  palette: Palette,
  other: Definition | undefined,
): ChartOption {
  const color = ({ row, kind }: ChannelRow) =>
    kind === 'operating'
      ? palette.shipping
      : kind === 'advertising'
        ? palette.ads
        : signOf(resultOf(row, other)) < 0
          ? palette.negative
          : palette.profit;
  const hasLoss = rows.some(({ row }) => signOf(resultOf(row, other)) < 0);
  return {
    textStyle: CHART_FONT,
    animationDuration: 250,
    grid: { left: 0, right: 76, top: 0, bottom: 0, ...SNUG_GRID },
    tooltip: rowTooltip(rows, palette, ({ row, kind, label }) => {
      const lines =
        kind === 'advertising'
          ? [{ label: 'Ad spend', value: money(row.ad_spend, currency), strong: true }]
          : kind === 'operating'
            ? [{ label: 'Operating cost', value: money(row.operating_costs, currency), strong: true }]
            : [
                { label: 'Orders', value: count(ordersOf(row, other)) },
                {
                  label: other?.revenue_label ?? 'Net revenue',
                  value: money(revenueOf(row, other), currency),
                },
                { label: 'Leaves', value: money(resultOf(row, other), currency), strong: true },
                { label: 'Margin', value: marginText(row, other) },
              ];
      return tooltipElement(label, lines, kind === 'sales' ? 'Click for its orders.' : '');
    }),
    xAxis: {
      type: 'value',
      show: false,
      // Room for the label of a bar that ends left of zero.
      ...(hasLoss ? { min: ({ min, max }: { min: number; max: number }) => min - 0.12 * (max - min) } : {}),
    },
    yAxis: {
      ...BAR_NAMES,
      data: rows.map((row) => axisText(row, other)),
      axisLabel: {
        color: palette.ink,
        fontSize: 12,
        fontWeight: 500,
        lineHeight: 16,
        rich: { soft: { color: palette.soft, fontSize: 11, lineHeight: 15 } },
      },
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 24,
        data: rows.map((item) => ({
          value: toGeometry(resultOf(item.row, other)),
          itemStyle: { color: color(item), borderRadius: 3 },
          label: {
            show: true,
            position: 'right',
            formatter: money(resultOf(item.row, other), currency, { digits: 'figure' }),
            color: palette.ink,
            fontSize: 12,
            fontWeight: item.kind === 'total' ? 600 : 400,
          },
        })),
      },
    ],
  };
}

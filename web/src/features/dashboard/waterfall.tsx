/** From gross sales down to net profit, one bar per step. */
import { useMemo } from 'react';
import type { LadderRow, Profit } from '@/api/types';
import { Chart } from '@/charts/chart';
import { ChartCard } from '@/charts/chart-card';
import type { ChartOption } from '@/charts/engine';
import { hatch, usePalette, type Palette } from '@/charts/palette';
import { BAR_NAMES, CHART_FONT, SNUG_GRID, rowTooltip, tooltipElement } from '@/charts/tooltip';
import { Money } from '@/components/money';
import { formatRange } from '@/lib/dates';
import { divide, negate, signOf } from '@/lib/decimal';
import { money, percent } from '@/lib/format';
import { estimatedCogs, otherDefinition, resultOf, revenueOf } from '@/lib/ladder';
import type { View } from '@/lib/view';
import { statementBars, waterfallBars, type WaterfallBar } from './waterfall-model';

export function Waterfall({ view, profit }: { view: View; profit: Profit }) {
  const { total } = profit;
  const other = otherDefinition(profit);
  const told = other && profit.statement?.steps;
  const { currency } = view.workspace;
  const palette = usePalette();
  const bars = useMemo(() => (told ? statementBars(told) : waterfallBars(total)), [told, total]);
  const option = useMemo(
    () => waterfallOption(bars, total, revenueOf(total, other), currency, palette),
    [bars, total, other, currency, palette],
  );
  return (
    <ChartCard
      title="From sales to profit"
      subtitle={
        other
          ? `Every step by the definition ${other.profile.label}, in the order it is taken`
          : 'Every step of the ladder, in the order it is taken'
      }
      fileName={`ladder-${view.range.from}-${view.range.to}`}
      rows={bars}
      columns={[
        {
          key: 'step',
          label: 'Step',
          value: (bar) => bar.key,
          show: (bar) => (bar.sign === '=' ? <b>{bar.label}</b> : bar.label),
        },
        {
          key: 'amount',
          label: 'Amount',
          numeric: true,
          value: (bar) => signed(bar),
          show: (bar) => <Money value={signed(bar)} currency={currency} />,
        },
        {
          key: 'share_of_revenue',
          label: 'Of revenue',
          numeric: true,
          value: (bar) => divide(signed(bar), revenueOf(total, other)),
          show: (bar) => share(bar, revenueOf(total, other)) ?? '–',
        },
      ]}
      chart={
        <Chart
          option={option}
          height={bars.length * 31 + 12}
          label={`From gross sales of ${money(total.gross_sales, currency)} to ${other?.result_label ?? 'net profit'} of ${money(resultOf(total, other), currency)}, ${formatRange(view.range)}. The table view has every step.`}
        />
      }
    />
  );
}

function signed(bar: WaterfallBar): string {
  return bar.sign === '-' ? negate(bar.amount) : bar.amount;
}

function share(bar: WaterfallBar, revenue: string): string | null {
  const fraction = signOf(revenue) > 0 ? divide(signed(bar), revenue) : null;
  return fraction === null ? null : percent(fraction);
}

function colorOf(bar: WaterfallBar, palette: Palette): string {
  switch (bar.key) {
    case 'net_profit':
      return signOf(bar.amount) < 0 ? palette.negative : palette.profit;
    case 'cogs':
      return palette.cogs;
    case 'shipping_costs':
      return palette.shipping;
    case 'payment_fees':
      return palette.fees;
    case 'ad_spend':
      return palette.ads;
    case 'discounts':
    case 'returns':
      return palette.reduction;
    default:
      return palette.revenue;
  }
}

function waterfallOption(
  bars: readonly WaterfallBar[],
  total: LadderRow,
  revenue: string,
  currency: string,
  palette: Palette,
): ChartOption {
  const label = (bar: WaterfallBar) => money(signed(bar), currency, { digits: 'figure' });
  const hatchedKey = new Set<string>([
    ...(signOf(estimatedCogs(total)) === 0 ? [] : ['cogs']),
    ...(total.provisional ? ['ad_spend'] : []),
  ]);
  const common = { type: 'bar' as const, stack: 'ladder', barWidth: 18, animationDuration: 250 };
  const part = (
    geometry: (bar: WaterfallBar) => number,
    side: 'left' | 'right',
    labelled: (bar: WaterfallBar) => boolean,
  ) => ({
    ...common,
    data: bars.map((bar) => ({
      value: geometry(bar),
      itemStyle: {
        color: colorOf(bar, palette),
        borderRadius: 3,
        ...(hatchedKey.has(bar.key) ? { decal: hatch(palette.surface) } : {}),
      },
      label: {
        show: labelled(bar),
        position: side,
        formatter: label(bar),
        color: bar.key === 'net_profit' && signOf(bar.amount) < 0 ? palette.negative : palette.ink,
        fontWeight: bar.sign === '=' ? 600 : 400,
        fontSize: 12,
        distance: 6,
      },
    })),
  });
  const right = (bar: WaterfallBar) => bar.positive > 0 || bar.negative === 0;
  return {
    textStyle: CHART_FONT,
    grid: { left: 0, right: 74, top: 0, bottom: 0, ...SNUG_GRID },
    tooltip: rowTooltip(bars, palette, (bar) => {
      const of = share(bar, revenue);
      const lines = [{ label: 'Amount', value: money(signed(bar), currency), strong: true }];
      return tooltipElement(
        bar.label,
        of ? [...lines, { label: 'Of revenue', value: of, strong: false }] : lines,
        bar.rule,
      );
    }),
    xAxis: { type: 'value', show: false },
    yAxis: {
      ...BAR_NAMES,
      data: bars.map((bar) => bar.label),
      axisLabel: {
        fontSize: 12,
        color: (_value?: string | number, index?: number) =>
          bars[index ?? 0]?.sign === '=' ? palette.ink : palette.soft,
        fontWeight: 500,
      },
    },
    series: [
      { ...common, silent: true, itemStyle: { color: 'transparent' }, data: bars.map((bar) => bar.base) },
      part((bar) => bar.positive, 'right', right),
      part(
        (bar) => bar.negative,
        'left',
        (bar) => !right(bar),
      ),
    ],
  };
}

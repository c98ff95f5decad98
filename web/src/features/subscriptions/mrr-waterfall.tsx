/** From the recurring revenue at the start to that at the end, one bar per step. */
import { useMemo } from 'react';
import type { MrrBridge } from '@/api/types';
import { Chart } from '@/charts/chart';
import { ChartCard } from '@/charts/chart-card';
import type { ChartOption } from '@/charts/engine';
import { usePalette, type Palette } from '@/charts/palette';
import { BAR_NAMES, CHART_FONT, rowTooltip, SNUG_GRID, tooltipElement } from '@/charts/tooltip';
import { Money } from '@/components/money';
import { WhyButton } from '@/components/why-button';
import { formatRange } from '@/lib/dates';
import { signOf } from '@/lib/decimal';
import { count, money } from '@/lib/format';
import type { View } from '@/lib/view';
import { mrrBars, type MrrBar } from './mrr-model';

export function MrrWaterfall({
  bridge,
  title,
  view,
  onAsk,
}: {
  bridge: MrrBridge;
  title: string;
  view: View;
  /** Opens where a step comes from. */
  onAsk: (step: string) => void;
}) {
  const { currency } = bridge;
  const palette = usePalette();
  const bars = useMemo(() => mrrBars(bridge), [bridge]);
  const option = useMemo(() => bridgeOption(bars, currency, palette), [bars, currency, palette]);
  const spoken = bars.map((bar) => `${bar.label} ${money(bar.amount, currency)}`).join(', ');
  return (
    <ChartCard
      title={title}
      subtitle={`Monthly recurring revenue, ${formatRange(view.range)}. A click on a step tells where it comes from.`}
      fileName={`mrr-${currency}-${view.range.from}-${view.range.to}`}
      rows={bars}
      columns={[
        {
          key: 'step',
          label: 'Step',
          value: (bar) => bar.key,
          show: (bar) => (bar.end ? <b>{bar.label}</b> : bar.label),
        },
        {
          key: 'amount',
          label: 'Amount per month',
          numeric: true,
          value: (bar) => bar.amount,
          show: (bar) => (
            <WhyButton of={bar.label} onAsk={() => onAsk(bar.key)}>
              <Money value={bar.amount} currency={currency} signed={!bar.end} />
            </WhyButton>
          ),
        },
        { key: 'count', label: 'Rows', numeric: true, value: (bar) => bar.count },
      ]}
      chart={
        <Chart
          option={option}
          height={bars.length * 34 + 12}
          label={`${spoken}.`}
          horizontal
          onSelect={(index) => {
            const bar = bars[index];
            if (bar) onAsk(bar.key);
          }}
        />
      }
    />
  );
}

function colorOf(bar: MrrBar, palette: Palette): string {
  if (bar.end) return palette.revenue;
  return signOf(bar.amount) < 0 ? palette.negative : palette.profit;
}

function bridgeOption(bars: readonly MrrBar[], currency: string, palette: Palette): ChartOption {
  const common = { type: 'bar' as const, stack: 'mrr', barWidth: 20, animation: false };
  const right = (bar: MrrBar) => bar.positive > 0 || bar.negative === 0;
  const part = (
    geometry: (bar: MrrBar) => number,
    position: 'left' | 'right',
    labelled: (bar: MrrBar) => boolean,
  ) => ({
    ...common,
    data: bars.map((bar) => ({
      value: geometry(bar),
      itemStyle: { color: colorOf(bar, palette), borderRadius: 3 },
      label: {
        show: labelled(bar),
        position,
        formatter: money(bar.amount, currency, { digits: 'figure', signed: !bar.end }),
        color: palette.ink,
        fontWeight: bar.end ? 600 : 400,
        fontSize: 12,
        distance: 6,
      },
    })),
  });
  return {
    textStyle: CHART_FONT,
    grid: { left: 0, right: 84, top: 0, bottom: 0, ...SNUG_GRID },
    tooltip: rowTooltip(bars, palette, (bar) =>
      tooltipElement(
        bar.label,
        [
          { label: 'Per month', value: money(bar.amount, currency), strong: true },
          { label: bar.end ? 'Customers or subscriptions' : 'Movements', value: count(bar.count) },
        ],
        `${bar.formula.charAt(0).toUpperCase()}${bar.formula.slice(1)}.`,
      ),
    ),
    xAxis: { type: 'value', show: false },
    yAxis: {
      ...BAR_NAMES,
      data: bars.map((bar) => bar.label),
      axisLabel: { fontSize: 12, color: palette.soft, fontWeight: 500 },
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

/** What a customer has brought on average by an age, against what winning one cost. */
import { useMemo } from 'react';
import type { CohortTriangle } from '@/api/types';
import { Chart } from '@/charts/chart';
import { ChartCard } from '@/charts/chart-card';
import type { ChartOption } from '@/charts/engine';
import { usePalette, type Palette } from '@/charts/palette';
import { CHART_FONT, rowTooltip, SNUG_GRID, tooltipElement } from '@/charts/tooltip';
import { Money } from '@/components/money';
import { toGeometry } from '@/lib/decimal';
import { axisMoney, count, money } from '@/lib/format';

export function LtvCurve({ triangle }: { triangle: CohortTriangle }) {
  const palette = usePalette();
  const option = useMemo(() => curveOption(triangle, palette), [triangle, palette]);
  const { currency, curve, ncac, payback_age: paid } = triangle;
  return (
    <ChartCard
      title="Value of a customer by age"
      subtitle={
        paid == null
          ? 'Contribution per customer so far; the cost of winning one is not covered yet'
          : `Contribution per customer so far; it covers the cost of winning one in month ${paid}`
      }
      legend={[
        { label: 'Contribution per customer', color: palette.profit, line: true },
        ...(ncac.value == null ? [] : [{ label: 'Cost of a new customer', color: palette.ads, line: true }]),
      ]}
      fileName={`ltv-${triangle.as_of}`}
      rows={curve}
      columns={[
        { key: 'age', label: 'Age in months', numeric: true, value: (point) => point.age },
        { key: 'customers', label: 'Customers', numeric: true, value: (point) => point.customers },
        {
          key: 'ltv',
          label: 'Contribution per customer',
          numeric: true,
          value: (point) => point.ltv,
          show: (point) => <Money value={point.ltv} currency={currency} />,
        },
      ]}
      chart={
        <Chart
          option={option}
          height={280}
          label={`After ${curve.length - 1} months a customer has brought ${money(curve.at(-1)?.ltv ?? '0', currency)}. The table view has every age.`}
        />
      }
    />
  );
}

function curveOption({ curve, ncac, currency }: CohortTriangle, palette: Palette): ChartOption {
  const line = (color: string, data: number[], dashed: boolean) => ({
    type: 'line' as const,
    data,
    symbol: 'circle',
    symbolSize: 5,
    showSymbol: !dashed && curve.length < 40,
    animation: false,
    lineStyle: { color, width: dashed ? 1.5 : 2.5, type: dashed ? ('dashed' as const) : ('solid' as const) },
    itemStyle: { color },
  });
  const cost = ncac.value;
  return {
    textStyle: CHART_FONT,
    grid: { left: 4, right: 8, top: 12, bottom: 4, ...SNUG_GRID },
    tooltip: rowTooltip(curve, palette, (point) =>
      tooltipElement(`After ${point.age} months`, [
        { label: 'Contribution per customer', value: money(point.ltv, currency), color: palette.profit },
        ...(cost == null
          ? []
          : [{ label: 'Cost of a new customer', value: money(cost, currency), color: palette.ads }]),
        { label: 'Customers this old', value: count(point.customers) },
      ]),
    ),
    xAxis: {
      type: 'category',
      data: curve.map((point) => String(point.age)),
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { color: palette.soft, fontSize: 11, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      splitNumber: 4,
      splitLine: { lineStyle: { color: palette.line } },
      axisLabel: {
        color: palette.soft,
        fontSize: 11,
        formatter: (value: number) => axisMoney(value, currency),
      },
    },
    series: [
      line(
        palette.profit,
        curve.map((point) => toGeometry(point.ltv)),
        false,
      ),
      ...(cost == null
        ? []
        : [
            line(
              palette.ads,
              curve.map(() => toGeometry(cost)),
              true,
            ),
          ]),
    ],
  };
}

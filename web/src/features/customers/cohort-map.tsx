/** The triangle of cohorts as a heat map: months down, ages across. */
import { useMemo } from 'react';
import type { CohortCell, CohortRow, CohortTriangle } from '@/api/types';
import { Chart } from '@/charts/chart';
import { ChartCard } from '@/charts/chart-card';
import type { DataColumn } from '@/charts/data-table';
import type { ChartOption } from '@/charts/engine';
import { hatch, usePalette, type Palette } from '@/charts/palette';
import { BAR_NAMES, CHART_FONT, SNUG_GRID, TOOLTIP_BOX, tooltipElement } from '@/charts/tooltip';
import { Chooser } from '@/components/page-head';
import { count, money, percent } from '@/lib/format';
import { MEASURES } from '@/lib/search';
import type { View } from '@/lib/view';
import { WhyButton } from '@/components/why-button';
import { ages, cellFigure, cellText, MEASURE_NAMES, scale, shade } from './cohort-model';

const ROW_HEIGHT = 26;

export function CohortMap({ triangle, view }: { triangle: CohortTriangle; view: View }) {
  const palette = usePalette();
  const option = useMemo(() => mapOption(triangle, palette), [triangle, palette]);
  const measure = view.search.measure ?? 'customers';
  const ask = (row: CohortRow, age: number) => view.update({ why: cellFigure(measure, row.month, age) });
  const columns: DataColumn<CohortRow>[] = [
    { key: 'month', label: 'First order', value: (row) => row.month },
    { key: 'customers', label: 'Customers', numeric: true, value: (row) => row.customers },
    ...ages(triangle).map((age) => ({
      key: String(age),
      label: String(age),
      numeric: true,
      value: (row: CohortRow) => row.cells[age]?.value,
      show: (row: CohortRow) => {
        const cell = row.cells[age];
        if (!cell) return '';
        const told = cellText(triangle.measure, cell, triangle.currency);
        return cell.value == null ? (
          told
        ) : (
          <WhyButton of={`Cohort ${row.month}, month ${age}`} onAsk={() => ask(row, age)}>
            {told}
          </WhyButton>
        );
      },
    })),
  ];
  const onSelect = (line: number, along: number) => {
    const row = triangle.rows[line];
    const cell = row?.cells[Math.floor(along)];
    if (row && cell?.value != null) ask(row, cell.age);
  };
  return (
    <ChartCard
      title="Cohorts"
      subtitle="By the month of the first order, and months since then. A hatched cell is a month that is not over; a click tells where its figure comes from."
      actions={
        <Chooser
          label="Show"
          value={measure}
          choices={MEASURES.map((value) => ({ value, label: MEASURE_NAMES[value] }))}
          onChoose={(measure) => view.update({ measure: measure === 'customers' ? undefined : measure })}
        />
      }
      fileName={`cohorts-${triangle.measure}-${triangle.as_of}`}
      columns={columns}
      rows={triangle.rows}
      chart={
        <Chart
          option={option}
          horizontal
          onSelect={onSelect}
          height={triangle.rows.length * ROW_HEIGHT + 40}
          label={`${triangle.rows.length} cohorts up to ${triangle.as_of}, by age in months. The table view has every cell.`}
        />
      }
    />
  );
}

/** Drawn as stacked bars of equal length: the heat map of the library would weigh on the first page of all. */
function mapOption(triangle: CohortTriangle, palette: Palette): ChartOption {
  const { rows, measure, currency } = triangle;
  const { min, max } = scale(triangle);
  const across = ages(triangle);
  const square = (row: CohortRow, age: number) => {
    const cell = row.cells[age];
    if (!cell) return { value: 0, label: { show: false } };
    const dark = (Math.min(max, shade(measure, row, cell)) - min) / (max - min);
    return {
      value: 1,
      label: {
        show: across.length <= 26,
        formatter: cellText(measure, cell, currency),
        color: dark > 0.6 ? palette.surface : palette.ink,
        fontSize: across.length > 16 ? 9 : 11,
      },
      itemStyle: {
        // an opacity of the square would make its figure pale too
        color: seeThrough(palette.profit, 0.06 + 0.94 * dark),
        borderColor: palette.surface,
        borderWidth: 2,
        ...(cell.complete ? {} : { decal: hatch(palette.surface) }),
      },
    };
  };
  return {
    textStyle: CHART_FONT,
    grid: { left: 0, right: 0, top: 22, bottom: 0, ...SNUG_GRID },
    tooltip: {
      ...TOOLTIP_BOX,
      trigger: 'item',
      formatter: (hovered) => {
        const first = Array.isArray(hovered) ? hovered[0] : hovered;
        const row = rows[first?.dataIndex ?? -1];
        const cell = row?.cells[first?.seriesIndex ?? -1];
        return row && cell ? cellTooltip(row, cell, currency) : '';
      },
    },
    xAxis: {
      type: 'value',
      position: 'top',
      min: 0,
      max: across.length,
      interval: 0.5,
      splitLine: { show: false },
      axisLabel: {
        color: palette.soft,
        fontSize: 11,
        // the middle of a square carries its age
        formatter: (value: number) => (Number.isInteger(value) ? '' : String(value - 0.5)),
      },
    },
    yAxis: {
      ...BAR_NAMES,
      data: rows.map((row) => `${row.month}  ${count(row.customers)}`),
      axisLabel: { color: palette.soft, fontSize: 11, interval: 0 },
    },
    series: across.map((age) => ({
      type: 'bar' as const,
      stack: 'ages',
      barCategoryGap: '0%',
      animation: false,
      data: rows.map((row) => square(row, age)),
    })),
  };
}

/** A colour of the form #rrggbb that lets what is behind it through: 0 is nothing, 1 is the colour itself. */
function seeThrough(color: string, opacity: number): string {
  return (
    color +
    Math.round(opacity * 255)
      .toString(16)
      .padStart(2, '0')
  );
}

function cellTooltip(row: CohortRow, cell: CohortCell, currency: string): HTMLElement {
  const part = row.customers === 0 ? null : percent(String(cell.active / row.customers));
  return tooltipElement(
    `First order ${row.month}, month ${cell.age}`,
    [
      { label: 'Customers who ordered', value: `${count(cell.active)}${part ? ` (${part})` : ''}` },
      { label: 'With two orders or more so far', value: count(cell.repeated) },
      { label: 'Net sales so far', value: money(cell.cumulative_net_sales, currency) },
      { label: 'Contribution so far', value: money(cell.cumulative_cm2, currency) },
    ],
    cell.complete ? undefined : 'This month is not over: its figures still grow.',
  );
}

/** The course of a figure, small and without axes; the figure beside it says the value. */
import { useMemo } from 'react';
import { Chart } from '@/charts/chart';
import type { ChartOption } from '@/charts/engine';
import { usePalette } from '@/charts/palette';
import { toGeometry } from '@/lib/decimal';

export function Sparkline({
  values,
  height,
  tone,
}: {
  values: readonly (string | null)[];
  height: number;
  tone: 'profit' | 'ads' | 'revenue';
}) {
  const palette = usePalette();
  const option = useMemo<ChartOption>(() => {
    const color = palette[tone];
    return {
      animation: false,
      grid: { left: 1, right: 1, top: 3, bottom: 3 },
      xAxis: { type: 'category', show: false, boundaryGap: false },
      yAxis: { type: 'value', show: false, scale: true },
      series: [
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          // A gap stays a gap: a missing value is not zero.
          data: values.map((value) => (value === null ? null : toGeometry(value))),
          lineStyle: { color, width: 1.75 },
          areaStyle: { color, opacity: 0.1, origin: 'start' },
        },
      ],
    };
  }, [values, palette, tone]);
  if (values.length < 2) return <div style={{ height }} />;
  return <Chart option={option} height={height} label={null} />;
}

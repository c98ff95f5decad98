/** The drawing of profit over time. */
import type { Definition } from '@/api/types';
import type { ChartOption } from '@/charts/engine';
import { hatch, type Palette } from '@/charts/palette';
import { CHART_FONT, SNUG_GRID, rowTooltip, tooltipElement, type TooltipLine } from '@/charts/tooltip';
import { formatBucket, formatDay, type Grain } from '@/lib/dates';
import { signOf, toGeometry } from '@/lib/decimal';
import { axisMoney, money } from '@/lib/format';
import { estimatedCogs, resultOf, revenueOf, type Bucket } from '@/lib/ladder';

function axisLabel(grain: Grain, day: string): string {
  return grain === 'month' ? formatBucket('month', day) : formatDay(day, true);
}

export function profitOption(
  buckets: readonly Bucket[],
  grain: Grain,
  currency: string,
  palette: Palette,
  other?: Definition,
): ChartOption {
  const bar = (
    name: string,
    color: string,
    value: (bucket: Bucket) => number,
    hatched: (bucket: Bucket) => boolean,
  ) => ({
    type: 'bar' as const,
    name,
    stack: 'costs',
    barCategoryGap: buckets.length > 60 ? '18%' : '32%',
    barMaxWidth: 46,
    itemStyle: { color },
    data: buckets.map((bucket) => ({
      value: value(bucket),
      ...(hatched(bucket) ? { itemStyle: { color, opacity: 0.8, decal: hatch(palette.surface) } } : {}),
    })),
  });
  const never = () => false;
  const line = (
    name: string,
    color: string,
    width: number,
    value: (bucket: Bucket) => string,
    z: number,
  ) => ({
    type: 'line' as const,
    name,
    z,
    symbol: 'circle',
    symbolSize: 5,
    showSymbol: buckets.length === 1,
    data: buckets.map((bucket) => toGeometry(value(bucket))),
    lineStyle: { color, width },
    itemStyle: { color },
  });
  const revenue = (bucket: Bucket) => revenueOf(bucket, other);
  const result = (bucket: Bucket) => resultOf(bucket, other);
  // the bars are the ladder's own costs: another definition has others
  const costs = [
    bar('Cost of goods', palette.cogs, (bucket) => toGeometry(bucket.cogs_low), never),
    bar(
      'Estimated cost of goods',
      palette.cogs,
      (bucket) => toGeometry(estimatedCogs(bucket)),
      () => true,
    ),
    bar('Shipping', palette.shipping, (bucket) => toGeometry(bucket.shipping_costs), never),
    bar('Payment fees', palette.fees, (bucket) => toGeometry(bucket.payment_fees), never),
    bar(
      'Ad spend',
      palette.ads,
      (bucket) => toGeometry(bucket.ad_spend),
      (bucket) => bucket.provisional,
    ),
    bar('Operating costs', palette.reduction, (bucket) => toGeometry(bucket.operating_costs), never),
  ];
  return {
    textStyle: CHART_FONT,
    animationDuration: 250,
    grid: { left: 4, right: 8, top: 12, bottom: 4, ...SNUG_GRID },
    tooltip: rowTooltip(buckets, palette, (bucket) => bucketTooltip(bucket, grain, currency, palette, other)),
    xAxis: {
      type: 'category',
      data: buckets.map((bucket) => axisLabel(grain, bucket.day)),
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { color: palette.soft, fontSize: 11, hideOverlap: true, margin: 10 },
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
      ...(other ? [] : costs),
      line(other?.revenue_label ?? 'Net revenue', palette.revenue, 1.5, revenue, 4),
      // A halo keeps the line apart from the bars behind it.
      { ...line('', palette.surface, 6, result, 4), silent: true, showSymbol: false, symbol: 'none' },
      line(other?.result_label ?? 'Net profit', palette.profit, 2.75, result, 5),
    ],
  };
}

function bucketTooltip(
  bucket: Bucket,
  grain: Grain,
  currency: string,
  palette: Palette,
  other: Definition | undefined,
): HTMLElement {
  const amount = (value: string) => money(value, currency);
  if (other) {
    return tooltipElement(formatBucket(grain, bucket.day), [
      { label: other.revenue_label, value: amount(revenueOf(bucket, other)), color: palette.revenue },
      {
        label: other.result_label,
        value: amount(resultOf(bucket, other)),
        color: palette.profit,
        strong: true,
      },
    ]);
  }
  const estimated = estimatedCogs(bucket);
  const lines: TooltipLine[] = [
    { label: 'Net revenue', value: amount(bucket.net_revenue), color: palette.revenue },
    { label: 'Cost of goods', value: amount(bucket.cogs), color: palette.cogs },
    { label: 'Shipping', value: amount(bucket.shipping_costs), color: palette.shipping },
    { label: 'Payment fees', value: amount(bucket.payment_fees), color: palette.fees },
    { label: 'Ad spend', value: amount(bucket.ad_spend), color: palette.ads },
    ...(signOf(bucket.operating_costs) === 0
      ? []
      : [{ label: 'Operating costs', value: amount(bucket.operating_costs), color: palette.reduction }]),
    { label: 'Net profit', value: amount(bucket.net_profit), color: palette.profit, strong: true },
  ];
  const notes = [
    signOf(estimated) === 0 ? '' : `${amount(estimated)} of the cost of goods is estimated.`,
    bucket.provisional ? 'Ad spend is provisional: the platform may still restate it.' : '',
  ].filter(Boolean);
  return tooltipElement(formatBucket(grain, bucket.day), lines, notes.join(' '));
}

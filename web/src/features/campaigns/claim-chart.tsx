/** Claimed value beside supported net sales and spend, by campaign. */
import { useMemo } from 'react';
import type { CampaignFigures, CampaignTable } from '@/api/types';
import { Chart } from '@/charts/chart';
import { ChartCard } from '@/charts/chart-card';
import type { ChartOption } from '@/charts/engine';
import { usePalette, type Palette } from '@/charts/palette';
import { BAR_NAMES, CHART_FONT, rowTooltip, SNUG_GRID, tooltipElement } from '@/charts/tooltip';
import { Money } from '@/components/money';
import { toGeometry } from '@/lib/decimal';
import { money, titleCase } from '@/lib/format';

/** Bars that can be told apart. */
const SHOWN = 10;

export function campaignName(row: CampaignFigures): string {
  return row.campaign ?? row.campaign_id ?? `${titleCase(row.provider)}, no known campaign`;
}

/** Whether any visit is known; without one, nothing supported is not known to be nothing. */
export function knowsVisits(table: CampaignTable): boolean {
  return !table.notices.some((notice) => notice.code === 'no_visits');
}

export function ClaimChart({ table }: { table: CampaignTable }) {
  const { currency, rows } = table;
  const palette = usePalette();
  const shown = useMemo(() => rows.slice(0, SHOWN), [rows]);
  const known = knowsVisits(table);
  const option = useMemo(
    () => claimOption(shown, known, currency, palette),
    [shown, known, currency, palette],
  );
  return (
    <ChartCard
      title="Claimed and supported"
      subtitle={
        rows.length > SHOWN
          ? `The ${SHOWN} campaigns with the highest spend; the table has all of them`
          : 'What platforms claim, what visits support, and what it cost'
      }
      legend={[
        { label: 'Claimed value', color: palette.reduction },
        ...(known ? [{ label: 'Supported net sales', color: palette.profit }] : []),
        { label: 'Spend', color: palette.ads },
      ]}
      fileName={`claims-${table.from}-${table.to}`}
      rows={rows}
      columns={[
        { key: 'campaign', label: 'Campaign', value: campaignName },
        {
          key: 'claimed_value',
          label: 'Claimed',
          numeric: true,
          value: (row) => row.claimed_value,
          show: (row) => <Money value={row.claimed_value} currency={currency} />,
        },
        {
          key: 'supported_net_sales',
          label: 'Supported',
          numeric: true,
          value: (row) => (known ? row.supported_net_sales : null),
          show: (row) => (known ? <Money value={row.supported_net_sales} currency={currency} /> : '–'),
        },
        {
          key: 'spend',
          label: 'Spend',
          numeric: true,
          value: (row) => row.spend,
          show: (row) => <Money value={row.spend} currency={currency} />,
        },
      ]}
      chart={
        <Chart
          option={option}
          height={shown.length * 54 + 16}
          label={`${shown.length} campaigns with claimed value, supported net sales and spend. The table view has every amount.`}
        />
      }
    />
  );
}

function claimOption(
  rows: readonly CampaignFigures[],
  known: boolean,
  currency: string,
  palette: Palette,
): ChartOption {
  const bar = (color: string, amount: (row: CampaignFigures) => string) => ({
    type: 'bar' as const,
    barWidth: 12,
    barGap: '15%',
    animation: false,
    itemStyle: { color, borderRadius: 3 },
    data: rows.map((row) => toGeometry(amount(row))),
  });
  return {
    textStyle: CHART_FONT,
    grid: { left: 0, right: 20, top: 0, bottom: 0, ...SNUG_GRID },
    tooltip: rowTooltip(rows, palette, (row) =>
      tooltipElement(campaignName(row), [
        { label: 'Claimed value', value: money(row.claimed_value, currency), color: palette.reduction },
        {
          label: 'Supported net sales',
          value: known ? money(row.supported_net_sales, currency) : 'no visit known',
          color: palette.profit,
        },
        { label: 'Spend', value: money(row.spend, currency), color: palette.ads },
        ...(known
          ? [{ label: 'Claimed too much', value: money(row.over_claimed_value, currency), strong: true }]
          : []),
      ]),
    ),
    xAxis: { type: 'value', show: false },
    yAxis: {
      ...BAR_NAMES,
      data: rows.map(campaignName),
      axisLabel: { fontSize: 12, color: palette.soft, width: 190, overflow: 'truncate' },
    },
    series: [
      bar(palette.reduction, (row) => row.claimed_value),
      ...(known ? [bar(palette.profit, (row) => row.supported_net_sales)] : []),
      bar(palette.ads, (row) => row.spend),
    ],
  };
}

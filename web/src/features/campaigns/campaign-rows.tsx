/** Every campaign with all of its figures. */
import { useState } from 'react';
import type { CampaignFigures, CampaignTable, Ratio } from '@/api/types';
import DataTable, { type DataColumn, type TableContent } from '@/charts/data-table';
import { DownloadIcon } from '@/components/icons';
import { Money } from '@/components/money';
import { formulaOf } from '@/components/tile';
import { WhyButton } from '@/components/why-button';
import { Button, Card, ExplainedBadge } from '@/components/ui';
import { downloadCsv, toCsv } from '@/lib/csv';
import { compare } from '@/lib/decimal';
import { money, multiple, titleCase } from '@/lib/format';
import { CampaignParts, type PartsOf } from './campaign-parts';
import { useView } from '@/lib/view';
import { figureOf } from '@/features/why/why-model';
import { campaignName, knowsVisits } from './claim-chart';

export function CampaignRows({ table, of }: { table: CampaignTable; of: PartsOf }) {
  const [opened, setOpened] = useState<CampaignFigures>();
  const { update } = useView();
  const plain = columnsOf(table.currency, knowsVisits(table), setOpened);
  const columns = plain.map((column) =>
    asked(column, (row) => update({ why: campaignFigure(column.key, row, of) })),
  );
  const save = () =>
    downloadCsv(
      `campaigns-${table.from}-${table.to}.csv`,
      toCsv(
        columns.map((column) => column.key),
        table.rows.map((row) => columns.map((column) => column.value(row))),
      ),
    );
  return (
    <Card className="min-w-0 p-5">
      <header className="mb-3 flex items-start gap-3">
        <div className="flex-1">
          <h2 className="text-[15px] font-semibold tracking-tight">Every campaign</h2>
          <p className="mt-0.5 text-[13px] text-soft">
            A campaign pays while its return on net sales is above its break-even
          </p>
        </div>
        <Button look="ghost" square aria-label="Download campaigns as CSV" onClick={save}>
          <DownloadIcon />
        </Button>
      </header>
      <DataTable table={{ columns, rows: table.rows } as TableContent} caption="Campaigns" />
      {opened && (
        <CampaignParts
          campaign={opened}
          columns={plain}
          of={of}
          onClose={() => {
            setOpened(undefined);
          }}
        />
      )}
    </Card>
  );
}

/** A campaign's figure as it is asked for, by the same crediting as the page. */
function campaignFigure(measure: string, row: CampaignFigures, { range, crediting }: PartsOf): string {
  return figureOf(`campaign:${measure}`, {
    ...range,
    provider: row.provider,
    campaign: row.campaign_id ?? undefined,
    ...crediting,
  });
}

/** A column whose figures can be asked where they come from; a dash says nothing that could be. */
function asked(
  column: DataColumn<CampaignFigures>,
  onAsk: (row: CampaignFigures) => void,
): DataColumn<CampaignFigures> {
  if (!column.numeric) return column;
  const show = column.show ?? column.value;
  return {
    ...column,
    show: (row) =>
      column.value(row) == null ? (
        '–'
      ) : (
        <WhyButton
          of={`${column.label} of ${campaignName(row)}`}
          onAsk={() => {
            onAsk(row);
          }}
        >
          {show(row)}
        </WhyButton>
      ),
  };
}

/** What rests on visits, so that it is unknown as long as none is known. */
const SUPPORTED = new Set([
  'supported_orders',
  'supported_net_sales',
  'over_claimed_value',
  'roas_attributed',
  'roas_contribution',
  'cost_per_order',
  'ncac',
  'cm2',
  'profit',
]);

/** What a platform that is not connected does not tell. */
const TOLD = new Set(['spend', 'claimed_orders', 'claimed_value', 'over_claimed_value', 'profit']);

function isUnknown(row: CampaignFigures, key: string): boolean {
  return !row.claims_known && TOLD.has(key);
}

function columnsOf(
  currency: string,
  known: boolean,
  open: (row: CampaignFigures) => void,
): DataColumn<CampaignFigures>[] {
  const columns = allColumns(currency, open);
  if (known) return columns;
  return columns.map((column) =>
    SUPPORTED.has(column.key) ? { ...column, value: () => null, show: () => '–' } : column,
  );
}

function allColumns(currency: string, open: (row: CampaignFigures) => void): DataColumn<CampaignFigures>[] {
  const amount = (
    key: 'spend' | 'claimed_value' | 'supported_net_sales' | 'over_claimed_value' | 'cm2' | 'profit',
    label: string,
  ): DataColumn<CampaignFigures> => ({
    key,
    label,
    numeric: true,
    value: (row) => (isUnknown(row, key) ? null : row[key]),
    show: (row) => (isUnknown(row, key) ? '–' : <Money value={row[key]} currency={currency} />),
  });
  const ratio = (
    key: 'roas_platform' | 'roas_attributed' | 'roas_contribution' | 'break_even_roas',
    label: string,
  ): DataColumn<CampaignFigures> => ({
    key,
    label,
    numeric: true,
    value: (row) => row[key].value,
    show: (row) => <Told ratio={row[key]} show={multiple} />,
  });
  const cost = (key: 'cost_per_order' | 'ncac', label: string): DataColumn<CampaignFigures> => ({
    key,
    label,
    numeric: true,
    value: (row) => row[key].value,
    show: (row) => <Told ratio={row[key]} show={(value) => money(value, currency, { digits: 'figure' })} />,
  });
  return [
    {
      key: 'campaign',
      label: 'Campaign',
      value: campaignName,
      show: (row) => (
        <span className="flex items-center gap-2">
          <button
            type="button"
            className="cursor-pointer rounded font-medium underline-offset-2 hover:underline"
            aria-label={`Parts of ${campaignName(row)}`}
            onClick={() => {
              open(row);
            }}
          >
            {campaignName(row)}
          </button>
          <span className="text-xs text-soft">{titleCase(row.provider)}</span>
          {row.provisional && (
            <ExplainedBadge text="The platform may still restate some of these days">
              provisional
            </ExplainedBadge>
          )}
        </span>
      ),
    },
    { key: 'campaign_id', label: 'Id', value: (row) => row.campaign_id },
    amount('spend', 'Spend'),
    {
      key: 'claimed_orders',
      label: 'Claimed orders',
      numeric: true,
      value: (row) => (isUnknown(row, 'claimed_orders') ? null : row.claimed_orders),
    },
    {
      key: 'supported_orders',
      label: 'Supported orders',
      numeric: true,
      value: (row) => row.supported_orders,
    },
    amount('claimed_value', 'Claimed value'),
    amount('supported_net_sales', 'Supported net sales'),
    amount('over_claimed_value', 'Claimed too much'),
    ratio('roas_platform', 'ROAS claimed'),
    ratio('roas_attributed', 'ROAS supported'),
    {
      ...ratio('break_even_roas', 'Break-even'),
      show: (row) => {
        const [own, even] = [row.roas_attributed.value, row.break_even_roas.value];
        const below = own != null && even != null && compare(own, even) < 0;
        return (
          <span className={below ? 'text-loss' : ''}>
            <Told ratio={row.break_even_roas} show={multiple} />
          </span>
        );
      },
    },
    ratio('roas_contribution', 'ROAS contribution'),
    cost('cost_per_order', 'Cost per order'),
    cost('ncac', 'Cost per new customer'),
    amount('cm2', 'Contribution'),
    amount('profit', 'Left after spend'),
  ];
}

function Told({ ratio, show }: { ratio: Ratio; show: (value: string) => string }) {
  return <span title={formulaOf(ratio)}>{ratio.value == null ? '–' : show(ratio.value)}</span>;
}

/** A campaign's ad sets and ads, in a panel beside the page. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { campaignPartsQuery, type Crediting } from '@/api/queries';
import type { CampaignFigures } from '@/api/types';
import DataTable, { type DataColumn, type TableContent } from '@/charts/data-table';
import { Notices } from '@/components/notices';
import { Chooser } from '@/components/page-head';
import { ProblemNote } from '@/components/problem';
import { Sheet } from '@/components/sheet';
import { Skeleton } from '@/components/ui';
import type { DayRange } from '@/lib/dates';
import { titleCase } from '@/lib/format';
import { campaignName } from './claim-chart';

type By = 'ad_set' | 'ad';
/** What fits beside a name in a panel. */
const SHOWN = new Set([
  'spend',
  'claimed_value',
  'supported_orders',
  'supported_net_sales',
  'roas_attributed',
]);
const LABELS: Record<By, string> = { ad_set: 'Ad sets', ad: 'Ads' };

/** What a panel needs to know of the page it belongs to. */
export interface PartsOf {
  workspace: string;
  range: DayRange;
  crediting: Crediting;
}

export function CampaignParts({
  campaign,
  columns,
  of,
  onClose,
}: {
  campaign: CampaignFigures;
  /** The columns of the campaigns, of which the panel shows some. */
  columns: DataColumn<CampaignFigures>[];
  of: PartsOf;
  onClose: () => void;
}) {
  const [by, setBy] = useState<By>('ad_set');
  const part = { provider: campaign.provider, campaign_id: campaign.campaign_id ?? undefined, by };
  const parts = useQuery(campaignPartsQuery(of.workspace, of.range, of.crediting, part));
  const named = (row: CampaignFigures) =>
    row.campaign ?? row.campaign_id ?? (by === 'ad' ? 'No known ad' : 'No known ad set');
  const own: DataColumn<CampaignFigures>[] = [
    { key: by, label: by === 'ad' ? 'Ad' : 'Ad set', value: named },
    ...columns.filter((column) => SHOWN.has(column.key)),
  ];
  return (
    <Sheet
      open
      onClose={onClose}
      title={campaignName(campaign)}
      description={`${titleCase(campaign.provider)}: its parts add up to the campaign`}
    >
      <div className="mb-4">
        <Chooser
          label="Parts"
          value={by}
          choices={(['ad_set', 'ad'] as const).map((value) => ({ value, label: LABELS[value] }))}
          onChoose={setBy}
        />
      </div>
      {parts.isError ? (
        <ProblemNote error={parts.error} what="the parts" onRetry={() => void parts.refetch()} />
      ) : !parts.data ? (
        <Skeleton className="h-64 rounded-lg" />
      ) : (
        <div className="space-y-4" data-parts={parts.data.rows.length}>
          <DataTable table={{ columns: own, rows: parts.data.rows } as TableContent} caption={LABELS[by]} />
          <Notices notices={parts.data.notices} />
        </div>
      )}
    </Sheet>
  );
}

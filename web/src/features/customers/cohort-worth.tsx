/** Each cohort's cost and when it had paid. */
import type { ReactNode } from 'react';
import type { CohortRow, CohortTriangle } from '@/api/types';
import DataTable, { type DataColumn, type TableContent } from '@/charts/data-table';
import { Money } from '@/components/money';
import { Button, Card, Tip } from '@/components/ui';
import { DownloadIcon } from '@/components/icons';
import { downloadCsv, toCsv } from '@/lib/csv';
import { money, multiple } from '@/lib/format';
import type { View } from '@/lib/view';
import { WhyButton } from '@/components/why-button';
import { figureOf } from '@/features/why/why-model';

export function CohortWorth({ triangle, view }: { triangle: CohortTriangle; view: View }) {
  const { currency } = triangle;
  /** A figure of a row that opens its own parts. */
  const asked = (measure: string, label: string, row: CohortRow, shown: ReactNode, age?: number | null) => (
    <WhyButton
      of={`${label} of ${row.month}`}
      onAsk={() =>
        view.update({
          why: figureOf(`cohort:${measure}`, {
            month: row.month,
            age: age == null ? undefined : String(age),
          }),
        })
      }
    >
      {shown}
    </WhyButton>
  );
  const columns: DataColumn<CohortRow>[] = [
    {
      key: 'month',
      label: 'First order',
      value: (row) => row.month,
      show: (row) => (
        <>
          {row.month}
          {row.short_history && (
            <Tip text="Orders are known for less than a year before: some of these customers may have ordered earlier.">
              <button type="button" className="ml-1 min-h-6 min-w-6 text-warn">
                ?<span className="sr-only"> may include earlier customers</span>
              </button>
            </Tip>
          )}
        </>
      ),
    },
    {
      key: 'customers',
      label: 'Customers',
      numeric: true,
      value: (row) => row.customers,
      show: (row) => asked('size', 'Customers', row, row.customers),
    },
    {
      key: 'ad_spend',
      label: 'Ad spend',
      numeric: true,
      value: (row) => row.ad_spend,
      show: (row) =>
        asked(
          'ad_spend',
          'Ad spend',
          row,
          <Money value={row.ad_spend} currency={currency} digits="figure" />,
        ),
    },
    {
      key: 'ncac',
      label: 'Cost each',
      numeric: true,
      value: (row) => row.ncac.value,
      show: (row) =>
        row.ncac.value == null
          ? '–'
          : asked(
              'ncac',
              'Cost each',
              row,
              <Money value={row.ncac.value} currency={currency} digits="figure" />,
            ),
    },
    {
      key: 'payback_months',
      label: 'Paid back',
      numeric: true,
      value: (row) => (row.payback?.reached ? row.payback.age : null),
      show: (row) =>
        row.payback == null
          ? '–'
          : asked(
              'payback',
              'Paid back',
              row,
              row.payback.reached
                ? `month ${row.payback.age}`
                : `${money(row.payback.missing ?? '0', currency, { digits: 'figure' })} to go`,
            ),
    },
    {
      key: 'ltv_to_cac',
      label: 'Value to cost',
      numeric: true,
      value: (row) => row.ltv_to_cac?.value,
      show: (row) =>
        row.ltv_to_cac?.value == null
          ? '–'
          : asked(
              'ltv_to_cac',
              'Value to cost',
              row,
              `${multiple(row.ltv_to_cac.value)} at ${row.ltv_to_cac_age} mo`,
              row.ltv_to_cac_age,
            ),
    },
  ];
  const save = () =>
    downloadCsv(
      `cohort-costs-${triangle.as_of}.csv`,
      toCsv(
        columns.map((column) => column.key),
        triangle.rows.map((row) => columns.map((column) => column.value(row))),
      ),
    );
  return (
    <Card className="min-w-0 p-5">
      <header className="mb-3 flex items-start gap-3">
        <div className="flex-1">
          <h2 className="text-[15px] font-semibold tracking-tight">What each cohort cost and returned</h2>
          <p className="mt-0.5 text-[13px] text-soft">
            All ad spend of a month on the customers who came in it; returning ones cost nothing here
          </p>
        </div>
        <Button look="ghost" square aria-label="Download cohort costs as CSV" onClick={save}>
          <DownloadIcon />
        </Button>
      </header>
      <DataTable
        table={{ columns, rows: triangle.rows } as TableContent}
        caption="Cohorts with cost and payback"
      />
    </Card>
  );
}

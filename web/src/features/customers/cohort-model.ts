/** What the cells of the cohort map show, and how dark they are. */
import type { CohortCell, CohortRow, CohortTriangle } from '@/api/types';
import { toCount, toGeometry } from '@/lib/decimal';
import { count, money, percent } from '@/lib/format';
import type { Measure } from '@/lib/search';
import { figureOf } from '@/features/why/why-model';

export const MEASURE_NAMES: Record<Measure, string> = {
  customers: 'Customers who ordered',
  repeat_rate: 'Repeat rate',
  contribution: 'Contribution per customer',
  net_sales: 'Net sales per customer',
};

/** The measures as figures that can be asked for. */
const FIGURES: Record<Measure, string> = {
  customers: 'customers',
  repeat_rate: 'repeat_rate',
  contribution: 'ltv',
  net_sales: 'net_sales_per_customer',
};

/** A cell of the map as a figure. */
export function cellFigure(measure: Measure, month: string, age: number): string {
  return figureOf(`cohort:${FIGURES[measure]}`, { month, age: String(age) });
}

/** A cell's value as people read it. */
export function cellText(measure: string, cell: CohortCell, currency: string): string {
  if (cell.value == null) return '–';
  switch (measure) {
    case 'customers':
      return count(toCount(cell.value));
    case 'repeat_rate':
      return percent(cell.value);
    default:
      return money(cell.value, currency, { digits: 'figure' });
  }
}

/** How dark a cell is before scaling: of customers the part that ordered, because cohorts differ in size. */
export function shade(measure: string, row: CohortRow, cell: CohortCell): number {
  if (measure === 'customers') return row.customers === 0 ? 0 : cell.active / row.customers;
  return cell.value == null ? 0 : toGeometry(cell.value);
}

/** The range of shades; the first month, in which everybody orders, would leave no difference between the others. */
export function scale(triangle: CohortTriangle): { min: number; max: number } {
  const shades = triangle.rows.flatMap((row) =>
    row.cells
      .filter((cell) => triangle.measure !== 'customers' || cell.age > 0)
      .map((cell) => shade(triangle.measure, row, cell)),
  );
  const max = Math.max(0, ...shades);
  return { min: Math.min(0, ...shades), max: max === 0 ? 1 : max };
}

/** The ages that any cohort has reached. */
export function ages(triangle: CohortTriangle): number[] {
  return Array.from(
    { length: Math.max(0, ...triangle.rows.map((row) => row.cells.length)) },
    (_, age) => age,
  );
}

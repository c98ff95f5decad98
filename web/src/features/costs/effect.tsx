/** What a change does to past profit, before it is saved. */
import type { CostEffect } from '@/api/types';
import { Money } from '@/components/money';
import { count, LOCALE } from '@/lib/format';
import { effectMonths } from './costs-model';

export function Effect({ effect }: { effect: CostEffect }) {
  const { currency, months } = effect;
  if (months.length === 0) {
    return (
      <p data-effect="none" className="rounded-lg bg-sunken p-4 text-[13px]">
        Nothing changes in what was reckoned so far. It counts for what is still to come.
      </p>
    );
  }
  return (
    <div data-effect="some" className="rounded-lg bg-sunken p-4">
      <p>
        {effectMonths(effect, LOCALE)}: net profit{' '}
        <strong data-effect-total={effect.net_profit}>
          <Money value={effect.net_profit} currency={currency} signed />
        </strong>
        {effect.orders > 0 && ` over ${count(effect.orders)} ${effect.orders === 1 ? 'order' : 'orders'}`}
      </p>
      <table className="mt-3 w-full text-[13px]">
        <caption className="sr-only">The change by month</caption>
        <thead className="text-left text-soft">
          <tr>
            <th className="py-1 font-medium">Month</th>
            <th className="py-1 text-right font-medium">Orders</th>
            <th className="py-1 text-right font-medium">Cost of goods</th>
            <th className="py-1 text-right font-medium">Net profit</th>
          </tr>
        </thead>
        <tbody>
          {months.map((month) => (
            <tr key={month.month} className="border-t border-line">
              <td className="py-1">{month.month.slice(0, 7)}</td>
              <td className="numeric py-1 text-right">{count(month.orders)}</td>
              <td className="py-1 text-right">
                <Money value={month.cogs} currency={currency} signed tone={false} />
              </td>
              <td className="py-1 text-right">
                <Money value={month.net_profit} currency={currency} signed />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Why this number? Its formula, how far it can be trusted, and the tree of its parts. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { explainQuery } from '@/api/queries';
import type { FigureExplanation } from '@/api/types';
import { Notices } from '@/components/notices';
import { Sheet } from '@/components/sheet';
import { formatDay, formatRange } from '@/lib/dates';
import { count, money, percent, titleCase } from '@/lib/format';
import type { DashboardSearch } from '@/lib/search';
import { useView } from '@/lib/view';
import { shown, WhyParts } from './why-tree';

export default function WhySheet() {
  const { workspace, search, update } = useView();
  const navigate = useNavigate();
  const figure = search.why;
  // the same question as that of the first level below
  const head = useInfiniteQuery({
    ...explainQuery(workspace.id, figure ?? '', undefined),
    enabled: figure !== undefined,
  });
  if (figure === undefined) return null;
  const answer = head.data?.pages[0];
  // orders open on the dashboard, wherever the figure stands
  const onOrder = (order: string) =>
    void navigate({
      to: '/w/$workspace/dashboard',
      params: { workspace: workspace.id },
      search: (now: DashboardSearch) => onlyOrder(now, order),
      resetScroll: false,
    });
  return (
    <Sheet
      open
      onClose={() => update({ why: undefined })}
      title="Why this number?"
      description={
        answer ? (
          <>
            {answer.label}: <b className="numeric text-ink">{valueOf(answer)}</b>
            {answer.from && answer.to && `, ${formatRange({ from: answer.from, to: answer.to })}`}
          </>
        ) : (
          'Where it comes from, down to the rows'
        )
      }
    >
      <WhyParts
        key={figure}
        figure={figure}
        workspace={workspace.id}
        currency={workspace.currency}
        timeZone={workspace.time_zone}
        onOrder={onOrder}
        onAnswer={(first) => <Told answer={first} />}
      />
    </Sheet>
  );
}

/** The address of an order, in the period that was looked at. */
function onlyOrder({ from, to }: DashboardSearch, order: string): DashboardSearch {
  return from && to ? { from, to, order } : { order };
}

function valueOf(answer: FigureExplanation): string {
  const isPart = answer.figure.startsWith('margin,') && answer.value != null;
  return isPart ? percent(answer.value ?? '0') : shown(answer.value, answer.unit, answer.currency);
}

/** The formula, the definition and how far the figure can be trusted. */
export function Told({ answer }: { answer: FigureExplanation }) {
  const band = answer.low != null && answer.high != null && answer.low !== answer.high;
  return (
    <div className="mb-4 space-y-2 text-[13px]">
      <p className="rounded-lg bg-sunken p-3">
        <span className="font-semibold">{answer.label}</span> = {answer.formula}
      </p>
      <ul className="space-y-1 text-soft">
        {answer.profile && (
          <li>
            By the definition {answer.profile.label}; rules {answer.settings.version} (
            <code className="font-mono text-xs">{answer.settings.key}</code>)
          </li>
        )}
        {Object.entries(answer.choices).map(([name, value]) => (
          <li key={name}>
            {name.replaceAll('_', ' ')}: {value}
          </li>
        ))}
        {answer.cost_coverage != null && (
          <li>Costs are known for {percent(answer.cost_coverage)} of the sales of goods.</li>
        )}
        {band && answer.unit === 'money' && (
          <li>
            Were goods without a recorded cost free or as dear as their price, it would lie between{' '}
            {money(answer.low ?? '0', answer.currency)} and {money(answer.high ?? '0', answer.currency)}.
          </li>
        )}
        {answer.clocks.map((clock) => (
          <li key={`${clock.what}${clock.source}`}>
            Provisional: {stillMoves(clock)}
            {clock.final_on ? `; final on ${formatDay(clock.final_on)}` : ''}.
          </li>
        ))}
      </ul>
      <Notices notices={answer.notices} />
    </div>
  );
}

/** What may still change of a figure, and by whom. */
function stillMoves({ what, source, days }: FigureExplanation['clocks'][number]): string {
  const told = count(days) + (days === 1 ? ' day' : ' days');
  switch (what) {
    case 'fees':
      return `fees of ${titleCase(source)} orders of ${told} are estimated until they are booked`;
    case 'messages':
      return `${titleCase(source)} may still restate what its messages of ${told} cost`;
    default:
      return `${titleCase(source)} may still restate its ads of ${told}`;
  }
}

/** The same days by two definitions of profit, and what stands between them. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { bridgeQuery, profilesQuery, statementQuery } from '@/api/queries';
import type { Bridge, ProfileInfo, Statement } from '@/api/types';
import { Chart } from '@/charts/chart';
import { ChartCard } from '@/charts/chart-card';
import type { ChartOption } from '@/charts/engine';
import { usePalette, type Palette } from '@/charts/palette';
import { BAR_NAMES, CHART_FONT, SNUG_GRID, rowTooltip, tooltipElement } from '@/charts/tooltip';
import { ChevronDownIcon } from '@/components/icons';
import { ChoiceMenu } from '@/components/menu';
import { Money } from '@/components/money';
import { Notices } from '@/components/notices';
import { ProblemNote } from '@/components/problem';
import { Button, Card, Skeleton } from '@/components/ui';
import { formatRange } from '@/lib/dates';
import { signOf } from '@/lib/decimal';
import { money, percent } from '@/lib/format';
import { figureOf } from '@/features/why/why-model';
import type { View } from '@/lib/view';
import { bridgeBars, toldSteps, type BridgeBar } from './bridge-model';

const SECOND = 'seed';
const OTHER_SECOND = 'netgain';
const NO_BARS: BridgeBar[] = [];

export default function DefinitionsSection({ view }: { view: View }) {
  const { workspace, range, search, update } = view;
  const { currency } = workspace;
  // the first one is the one that the whole page follows
  const own = workspace.profile;
  const first = search.profile ?? own;
  const usual = first === SECOND ? OTHER_SECOND : SECOND;
  const second = search.against ?? usual;
  const profiles = useQuery(profilesQuery()).data?.profiles ?? [];
  const bridge = useQuery(bridgeQuery(workspace.id, range, first, second));
  const palette = usePalette();
  const bars = useMemo(() => (bridge.data ? bridgeBars(bridge.data) : NO_BARS), [bridge.data]);
  const option = useMemo(() => bridgeOption(bars, currency, palette), [bars, currency, palette]);
  return (
    <div id="definitions" className="scroll-mt-32 space-y-5">
      <ChartCard
        title="Between two definitions"
        subtitle="The same days, told by two definitions of profit, and each amount that they differ in"
        actions={
          <>
            <Choose
              label="First definition"
              value={first}
              profiles={profiles}
              onChoose={(id) => update({ profile: id === own ? undefined : id })}
            />
            <Choose
              label="Second definition"
              value={second}
              profiles={profiles}
              onChoose={(id) => update({ against: id === usual ? undefined : id })}
            />
          </>
        }
        fileName={`bridge-${first}-${second}-${range.from}-${range.to}`}
        rows={bars}
        columns={[
          {
            key: 'step',
            label: 'Step',
            value: (bar) => bar.key,
            show: (bar) => (bar.kind === 'end' ? <b>{bar.label}</b> : bar.label),
          },
          {
            key: 'amount',
            label: 'Amount',
            numeric: true,
            value: (bar) => bar.amount,
            show: (bar) => <Money value={bar.amount} currency={currency} />,
          },
        ]}
        chart={
          bridge.isError ? (
            <ProblemNote error={bridge.error} what="the bridge" onRetry={() => void bridge.refetch()} />
          ) : bridge.data ? (
            <Chart option={option} height={bars.length * 31 + 12} label={spoken(bridge.data, view)} />
          ) : (
            <Skeleton className="h-64" />
          )
        }
      />
      {bridge.data && <Notices notices={bridge.data.notices} />}
      <div className="grid gap-5 md:grid-cols-2">
        <StatementCard view={view} profile={first} />
        <StatementCard view={view} profile={second} />
      </div>
    </div>
  );
}

function spoken(bridge: Bridge, { workspace, range }: View): string {
  const end = ({ profile, label, amount }: Bridge['first']) =>
    `${profile.label}, ${label} ${money(amount, workspace.currency)}`;
  const steps = bridge.steps.map((step) => `${step.label} ${money(step.amount, workspace.currency)}`);
  return `From ${end(bridge.first)} to ${end(bridge.second)}, ${formatRange(range)}: ${steps.join(', ') || 'no difference'}.`;
}

function Choose({
  label,
  value,
  profiles,
  onChoose,
}: {
  label: string;
  value: string;
  profiles: readonly ProfileInfo[];
  onChoose: (id: string) => void;
}) {
  const name = profiles.find((profile) => profile.id === value)?.label ?? value;
  return (
    <ChoiceMenu
      label={label}
      value={value}
      onChoose={onChoose}
      align="end"
      choices={profiles.map((profile) => ({ value: profile.id, label: profile.label }))}
      trigger={
        <Button className="max-sm:px-2.5">
          <span className="sr-only">{label}:</span>
          {name}
          <ChevronDownIcon className="text-soft" />
        </Button>
      }
    />
  );
}

function StatementCard({ view, profile }: { view: View; profile: string }) {
  const { workspace, range, update } = view;
  const statement = useQuery(statementQuery(workspace.id, range, profile));
  if (statement.isError)
    return (
      <ProblemNote error={statement.error} what="the definition" onRetry={() => void statement.refetch()} />
    );
  if (!statement.data) return <Skeleton className="h-96 rounded-xl" />;
  return (
    <Told
      statement={statement.data}
      currency={workspace.currency}
      onExplain={(step) => update({ why: figureOf(step, { from: range.from, to: range.to, profile }) })}
    />
  );
}

function Told({
  statement,
  currency,
  onExplain,
}: {
  statement: Statement;
  currency: string;
  onExplain: (step: string) => void;
}) {
  const { profile, total } = statement;
  return (
    <Card className="p-5">
      <h3 className="text-[15px] font-semibold tracking-tight">{profile.label}</h3>
      <p className="mt-0.5 text-[13px] text-soft">{profile.source}</p>
      <table className="mt-3 w-full text-[13px]">
        <caption className="sr-only">Steps by the definition {profile.label}</caption>
        <tbody>
          {toldSteps(total.steps).map((step) => (
            <tr key={step.key} className={step.sign === '=' ? 'border-t border-line font-semibold' : ''}>
              <th scope="row" className="py-1 text-left font-[inherit]">
                {step.sign === '-' && <span aria-label="less">− </span>}
                <button
                  type="button"
                  className="rounded text-left font-[inherit] underline decoration-line-strong underline-offset-4 hover:decoration-current"
                  onClick={() => onExplain(step.key)}
                >
                  {step.label}
                  <span className="sr-only">: why this number?</span>
                </button>
              </th>
              <td className="numeric py-1 text-right">
                <Money value={step.amount} currency={currency} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-3 text-[13px] text-soft">
        {total.margin != null && <>Margin {percent(total.margin)} · </>}
        {total.orders} {total.orders === 1 ? 'order' : 'orders'}
      </p>
      {profile.notes.length > 0 && (
        <ul className="mt-2 list-disc space-y-1 pl-4 text-[13px] text-soft">
          {profile.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function bridgeOption(bars: readonly BridgeBar[], currency: string, palette: Palette): ChartOption {
  const color = (bar: BridgeBar) =>
    bar.kind === 'end' ? palette.revenue : signOf(bar.amount) < 0 ? palette.reduction : palette.profit;
  const rising = (bar: BridgeBar) => bar.positive > 0 || bar.negative === 0;
  const common = { type: 'bar' as const, stack: 'bridge', barWidth: 18, animationDuration: 250 };
  const part = (
    geometry: (bar: BridgeBar) => number,
    position: 'left' | 'right',
    labelled: (bar: BridgeBar) => boolean,
  ) => ({
    ...common,
    data: bars.map((bar) => ({
      value: geometry(bar),
      itemStyle: { color: color(bar), borderRadius: 3 },
      label: {
        show: labelled(bar),
        position,
        formatter: money(bar.amount, currency, { digits: 'figure' }),
        color: palette.ink,
        fontWeight: bar.kind === 'end' ? 600 : 400,
        fontSize: 12,
        distance: 6,
      },
    })),
  });
  return {
    textStyle: CHART_FONT,
    grid: { left: 0, right: 84, top: 0, bottom: 0, ...SNUG_GRID },
    tooltip: rowTooltip(bars, palette, (bar) =>
      tooltipElement(bar.label, [
        { label: bar.kind === 'end' ? 'Figure' : 'Adds', value: money(bar.amount, currency), strong: true },
      ]),
    ),
    xAxis: { type: 'value', show: false },
    yAxis: {
      ...BAR_NAMES,
      data: bars.map((bar) => bar.label),
      axisLabel: {
        fontSize: 12,
        color: (_value?: string | number, index?: number) =>
          bars[index ?? 0]?.kind === 'end' ? palette.ink : palette.soft,
        fontWeight: 500,
      },
    },
    series: [
      { ...common, silent: true, itemStyle: { color: 'transparent' }, data: bars.map((bar) => bar.base) },
      part((bar) => bar.positive, 'right', rising),
      part(
        (bar) => bar.negative,
        'left',
        (bar) => !rising(bar),
      ),
    ],
  };
}

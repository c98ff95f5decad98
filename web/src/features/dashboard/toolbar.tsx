/** Range, comparison, currency, time zone and definition profile: always visible, all in the address. */
import * as Popover from '@radix-ui/react-popover';
import { useQuery } from '@tanstack/react-query';
import { profilesQuery } from '@/api/queries';
import { ChevronDownIcon, InfoIcon } from '@/components/icons';
import { ChoiceMenu } from '@/components/menu';
import { Button } from '@/components/ui';
import { formatDay, formatRange, type Comparison } from '@/lib/dates';
import { titleCase } from '@/lib/format';
import type { View } from '@/lib/view';
import { RangePicker } from './range-picker';

const COMPARISONS: Record<Comparison, string> = {
  prior: 'Period before',
  year: 'Year before',
  none: 'No comparison',
};

export function Toolbar({ view }: { view: View }) {
  const { workspace, comparison, compared, update } = view;
  return (
    <div className="top-14 z-20 border-b border-line bg-page/90 backdrop-blur-md sm:sticky">
      <div className="mx-auto flex w-full max-w-[1400px] flex-wrap items-center gap-2 px-4 py-2.5 sm:px-6">
        <RangePicker view={view} />
        <ChoiceMenu
          label="Compare with"
          value={comparison}
          onChoose={(next) => update({ compare: next === 'prior' ? undefined : next })}
          choices={(Object.keys(COMPARISONS) as Comparison[]).map((value) => ({
            value,
            label: COMPARISONS[value],
          }))}
          trigger={
            <Button className="max-sm:px-2.5">
              <span className="hidden text-soft md:inline">vs</span>
              {COMPARISONS[comparison]}
              {compared && <span className="hidden text-soft xl:inline">{formatRange(compared)}</span>}
              <ChevronDownIcon className="text-soft" />
            </Button>
          }
        />
        <div className="flex-1" />
        <Definitions view={view} key={workspace.id} />
      </div>
    </div>
  );
}

/** What the definition profiles do differently, in a few words. */
const PROFILES: Partial<Record<string, string>> = {
  netgain: 'Netgain: tax excluded, returns on their own day',
};

function Definitions({ view: { workspace, search, update } }: { view: View }) {
  const shown = search.profile ?? workspace.profile;
  const profile = titleCase(shown);
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button look="ghost" className="px-2 max-sm:h-7">
          <span className="sr-only">How figures are defined:</span>
          <span className="font-semibold text-ink">{workspace.currency}</span>
          <span aria-hidden="true">·</span>
          {workspace.time_zone}
          <span aria-hidden="true">·</span>
          {profile} <span className="hidden sm:inline">profile</span>
          <InfoIcon />
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="How the figures are defined"
          className="z-50 w-80 animate-[pop-in_.12s_ease-out] rounded-xl border border-line bg-surface p-4 shadow-pop"
        >
          <h2 className="font-semibold">How the figures are defined</h2>
          <dl className="mt-3 grid grid-cols-[6.5rem_1fr] gap-x-3 gap-y-2 text-[13px]">
            <dt className="text-soft">Currency</dt>
            <dd>{workspace.currency}, at each event’s own rate</dd>
            <dt className="text-soft">Days</dt>
            <dd>midnight to midnight in {workspace.time_zone}</dd>
            <dt className="text-soft">Profile</dt>
            <dd>
              {PROFILES[shown] ?? profile}
              <ProfileChoice
                shown={shown}
                onChoose={(id) => update({ profile: id === workspace.profile ? undefined : id })}
              />
            </dd>
            <dt className="text-soft">Data</dt>
            <dd>
              {workspace.first_day && workspace.last_day
                ? `${formatDay(workspace.first_day)} to ${formatDay(workspace.last_day)}`
                : 'none yet'}
            </dd>
          </dl>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Mounted with the open popover alone, so that the first page asks for no list. */
function ProfileChoice({ shown, onChoose }: { shown: string; onChoose: (id: string) => void }) {
  const profiles = useQuery(profilesQuery()).data?.profiles ?? [];
  return (
    <select
      aria-label="Definition of profit"
      value={shown}
      onChange={(event) => onChoose(event.target.value)}
      className="mt-1 block w-full rounded-md border border-line bg-surface px-2 py-1"
    >
      {profiles.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  );
}

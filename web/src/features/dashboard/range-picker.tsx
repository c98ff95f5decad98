/** Chooses the range of days: presets, or any two dates. */
import * as Popover from '@radix-ui/react-popover';
import { useState } from 'react';
import { CalendarIcon, ChevronDownIcon } from '@/components/icons';
import { Button, cx } from '@/components/ui';
import { formatRange, isDay, lengthInDays, presets } from '@/lib/dates';
import { count } from '@/lib/format';
import { anchorDay, type View } from '@/lib/view';

export function RangePicker({ view }: { view: View }) {
  const { workspace, range, update } = view;
  const [open, setOpen] = useState(false);
  const offered = presets(anchorDay(workspace), workspace.first_day ?? null);
  const chosen = offered.find((preset) => preset.from === range.from && preset.to === range.to);

  const choose = (from: string, to: string) => {
    update({ from, to, grain: undefined });
    setOpen(false);
  };

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button data-testid="range">
          <span className="sr-only">Date range:</span>
          <CalendarIcon className="text-soft" />
          {chosen && <span>{chosen.label}</span>}
          <span className={cx('numeric', chosen && 'sr-only text-soft sm:not-sr-only')}>
            {formatRange(range)}
          </span>
          <ChevronDownIcon className="text-soft" />
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Date range"
          className="z-50 w-[min(26rem,calc(100vw-1rem))] animate-[pop-in_.12s_ease-out] rounded-xl border border-line bg-surface p-3 shadow-pop"
        >
          <ul className="grid grid-cols-2 gap-1" aria-label="Presets">
            {offered.map((preset) => (
              <li key={preset.key}>
                <button
                  type="button"
                  aria-pressed={preset === chosen}
                  onClick={() => choose(preset.from, preset.to)}
                  className={cx(
                    'w-full rounded-lg px-3 py-2 text-left text-[13px]',
                    preset === chosen ? 'bg-brand-soft font-semibold text-brand' : 'hover:bg-sunken',
                  )}
                >
                  {preset.label}
                </button>
              </li>
            ))}
          </ul>
          <CustomRange key={`${range.from}${range.to}`} from={range.from} to={range.to} onApply={choose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function CustomRange(props: { from: string; to: string; onApply: (from: string, to: string) => void }) {
  const [from, setFrom] = useState(props.from);
  const [to, setTo] = useState(props.to);
  const days = isDay(from) && isDay(to) ? lengthInDays({ from, to }) : null;
  const wrong =
    days === null ? 'Enter two days.' : days < 1 ? 'The first day must not be after the last.' : null;
  const field =
    'mt-1 block h-9 w-full rounded-lg border border-line-strong bg-surface px-2.5 text-[13px] numeric aria-invalid:border-loss';
  return (
    <form
      className="mt-3 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) props.onApply(from, to);
      }}
    >
      <div className="grid grid-cols-2 gap-2">
        <label className="text-xs font-medium text-soft">
          From
          <input
            type="date"
            className={field}
            value={from}
            aria-invalid={wrong !== null}
            onChange={(event) => setFrom(event.target.value)}
          />
        </label>
        <label className="text-xs font-medium text-soft">
          To
          <input
            type="date"
            className={field}
            value={to}
            aria-invalid={wrong !== null}
            onChange={(event) => setTo(event.target.value)}
          />
        </label>
      </div>
      <div className="mt-3 flex items-center justify-between gap-3">
        <p role="status" className={cx('text-xs', wrong ? 'text-loss' : 'text-soft')}>
          {wrong ?? `${count(days ?? 0)} ${days === 1 ? 'day' : 'days'}`}
        </p>
        <Button type="submit" look="primary" disabled={wrong !== null}>
          Apply
        </Button>
      </div>
    </form>
  );
}

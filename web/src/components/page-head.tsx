/** The top of a page that is about a period: its name, the days, and what else changes the view. */
import type { ReactNode } from 'react';
import { RangePicker } from '@/features/dashboard/range-picker';
import type { View } from '@/lib/view';
import { ChevronDownIcon } from './icons';
import { ChoiceMenu, type Choice } from './menu';
import { Button } from './ui';

export function PageHead({
  title,
  about,
  view,
  ranged = true,
  children,
}: {
  title: string;
  about: string;
  view: View;
  /** Whether the page is about some days only. */
  ranged?: boolean;
  children?: ReactNode;
}) {
  return (
    <header className="space-y-3">
      <div>
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        <p className="mt-1 max-w-prose text-soft">{about}</p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {ranged && <RangePicker view={view} />}
        {children}
        <span className="text-[13px] text-soft">
          {view.workspace.currency} · {view.workspace.time_zone}
        </span>
      </div>
    </header>
  );
}

/** A button that says what is chosen and opens the other choices. */
export function Chooser<Value extends string>({
  label,
  value,
  choices,
  onChoose,
}: {
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChoose: (value: Value) => void;
}) {
  return (
    <ChoiceMenu
      label={label}
      value={value}
      choices={choices}
      onChoose={onChoose}
      trigger={
        <Button>
          <span className="text-soft">{label}:</span>
          {choices.find((choice) => choice.value === value)?.label ?? value}
          <ChevronDownIcon className="text-soft" />
        </Button>
      }
    />
  );
}

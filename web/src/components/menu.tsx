/** A menu under a button where one of several things is chosen. */
import * as Radix from '@radix-ui/react-dropdown-menu';
import type { ReactElement, ReactNode } from 'react';
import { CheckIcon } from './icons';

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  detail?: string;
  icon?: ReactNode;
}

export function ChoiceMenu<Value extends string>({
  trigger,
  label,
  value,
  choices,
  onChoose,
  align = 'start',
}: {
  trigger: ReactElement;
  /** What is chosen here, for screen readers. */
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChoose: (value: Value) => void;
  align?: 'start' | 'end';
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          className="z-50 min-w-52 animate-[pop-in_.12s_ease-out] rounded-xl border border-line bg-surface p-1.5 shadow-pop"
        >
          <Radix.RadioGroup value={value} onValueChange={(next) => onChoose(next as Value)}>
            {choices.map((choice) => (
              <Radix.RadioItem
                key={choice.value}
                value={choice.value}
                className="flex items-center gap-2.5 rounded-lg px-2.5 py-2 text-[13px] outline-none select-none data-highlighted:bg-sunken"
              >
                {choice.icon}
                <span className="flex-1">
                  {choice.label}
                  {choice.detail && <span className="block text-xs text-soft">{choice.detail}</span>}
                </span>
                <Radix.ItemIndicator className="text-brand">
                  <CheckIcon />
                </Radix.ItemIndicator>
              </Radix.RadioItem>
            ))}
          </Radix.RadioGroup>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The small parts every page is made of: buttons, cards, badges, skeletons, tooltips. */
import * as Radix from '@radix-ui/react-tooltip';
import type { ButtonHTMLAttributes, ReactElement, ReactNode } from 'react';

/** Joins class names, leaving out what is not there. */
export function cx(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

type Look = 'primary' | 'outline' | 'ghost';

const LOOKS: Record<Look, string> = {
  primary: 'bg-brand text-on-brand hover:opacity-90 border-transparent',
  outline: 'bg-surface text-ink border-line hover:bg-sunken',
  ghost: 'bg-transparent text-soft border-transparent hover:bg-sunken hover:text-ink',
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  /** Square, for a lone icon; needs an `aria-label`. */
  square?: boolean;
}

export function Button({ look = 'outline', square = false, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={cx(
        'inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-lg border text-[13px] font-medium whitespace-nowrap transition-colors disabled:opacity-55',
        square ? 'w-9' : 'px-3',
        LOOKS[look],
        className,
      )}
      {...rest}
    />
  );
}

export function Card({
  children,
  className,
  ...rest
}: {
  children: ReactNode;
  className?: string;
  id?: string;
}) {
  return (
    <section className={cx('rounded-xl border border-line bg-surface shadow-card', className)} {...rest}>
      {children}
    </section>
  );
}

export type Tone = 'calm' | 'good' | 'bad' | 'warn';

const TONES: Record<Tone, string> = {
  calm: 'bg-sunken text-soft',
  good: 'bg-brand-soft text-gain',
  bad: 'bg-loss-soft text-loss',
  warn: 'bg-warn-soft text-warn',
};

export function Badge({
  tone = 'calm',
  hatched = false,
  children,
}: {
  tone?: Tone;
  /** For what may still change. */
  hatched?: boolean;
  children: ReactNode;
}) {
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 text-[11px] leading-4 font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {hatched && (
        <span aria-hidden="true" className="hatched size-2.5 rounded-[3px] border border-current" />
      )}
      {children}
    </span>
  );
}

export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cx('block animate-[shimmer_1.6s_ease-in-out_infinite] rounded-md bg-sunken', className)}
    />
  );
}

export const TooltipProvider = Radix.Provider;

/** A tooltip on an element that can take the focus, so that keyboards reach it too. */
export function Tip({
  text,
  children,
  side = 'top',
}: {
  text: ReactNode;
  children: ReactElement;
  side?: 'top' | 'bottom' | 'left' | 'right';
}) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-60 max-w-72 animate-[fade-in_.12s] rounded-lg bg-ink px-3 py-2 text-xs leading-5 text-page shadow-pop"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A badge that explains itself on hover, focus and tap. */
export function ExplainedBadge({
  text,
  tone = 'calm',
  hatched = true,
  children,
}: {
  text: ReactNode;
  tone?: Tone;
  hatched?: boolean;
  children: ReactNode;
}) {
  return (
    <Tip text={text}>
      <button type="button" className="inline-flex min-h-6 min-w-6 items-center justify-center rounded-md">
        <Badge tone={tone} hatched={hatched}>
          {children}
        </Badge>
      </button>
    </Tip>
  );
}

export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded border border-line bg-sunken px-1.5 py-px font-sans text-[11px] leading-4 text-soft">
      {children}
    </kbd>
  );
}

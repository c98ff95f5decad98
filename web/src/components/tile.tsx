/** A figure on its own with its name, and how it is worked out. */
import type { ReactNode } from 'react';
import type { Ratio } from '@/api/types';
import { InfoIcon } from './icons';
import { Card, Tip } from './ui';
import { WhyButton } from './why-button';

export function Tile({
  label,
  value,
  explained,
  note,
  onWhy,
}: {
  label: string;
  /** Null where there is nothing to show: a zero would claim something. */
  value: string | null;
  /** How it is worked out. */
  explained: ReactNode;
  note?: ReactNode;
  /** Opens where it comes from. */
  onWhy?: () => void;
}) {
  return (
    <Card className="min-w-0 p-4">
      <h2 className="flex items-center gap-1.5 text-[13px] text-soft">
        {label}
        <Tip text={explained}>
          <button type="button" className="inline-flex size-6 items-center justify-center rounded-md">
            <InfoIcon />
            <span className="sr-only">How {label} is worked out</span>
          </button>
        </Tip>
      </h2>
      <p className="numeric mt-1 text-2xl font-semibold tracking-tight" data-tile={label}>
        {value != null && onWhy ? (
          <WhyButton of={label} onAsk={onWhy}>
            {value}
          </WhyButton>
        ) : (
          (value ?? '–')
        )}
      </p>
      {note && <p className="mt-1 text-xs text-soft">{note}</p>}
    </Card>
  );
}

/** A formula with the two amounts that it was worked out from. */
export function formulaOf(ratio: Ratio): string {
  return `${ratio.formula}: ${ratio.over} / ${ratio.under}`;
}

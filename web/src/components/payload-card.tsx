/** A raw payload, digit for digit, to fold, to read and to copy. */
import { useState } from 'react';
import type { RawPayload } from '@/api/types';
import { ChevronRightIcon } from '@/components/icons';
import { CopyButton } from '@/components/copy-button';
import { JsonTree } from '@/components/json-tree';
import { formatInstant } from '@/lib/dates';
import { printExact } from '@/lib/exact-json';

export function PayloadCard(props: {
  payload: RawPayload;
  timeZone: string;
  startOpen: boolean;
  /** Whether something else on the page points to it. */
  asked?: boolean;
  id?: string;
}) {
  const { payload, timeZone, startOpen, asked = false, id } = props;
  const [open, setOpen] = useState(startOpen);
  const [wasAsked, setWasAsked] = useState(asked);
  if (asked !== wasAsked) {
    setWasAsked(asked);
    if (asked) setOpen(true);
  }
  return (
    <div id={id} className="rounded-lg border border-line" data-raw>
      <div className="flex items-center gap-1 px-1.5 py-1">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex min-w-0 flex-1 items-center gap-1.5 rounded-md px-1.5 py-1 text-left text-xs"
        >
          <ChevronRightIcon className={open ? 'shrink-0 rotate-90' : 'shrink-0'} />
          <span className="truncate font-mono">{payload.raw_ref}</span>
          <span className="ml-auto shrink-0 text-soft">
            seen {formatInstant(payload.observed_at, timeZone)}
          </span>
        </button>
        {payload.missing == null && (
          <CopyButton text={printExact(payload.payload)} label="Copy the payload" />
        )}
      </div>
      {open && (
        <div
          role="region"
          aria-label={`Payload ${payload.raw_ref}`}
          tabIndex={0}
          className="max-h-128 overflow-auto border-t border-line bg-sunken/50 p-3 font-mono text-xs leading-5"
        >
          {payload.missing == null ? (
            <JsonTree value={payload.payload} />
          ) : (
            <p className="text-loss">The archive cannot give this payload: {payload.missing}</p>
          )}
        </div>
      )}
    </div>
  );
}

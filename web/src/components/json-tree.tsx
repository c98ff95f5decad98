/** JSON to read: indented, coloured by kind, every object and list can be folded. */
import { useState } from 'react';
import { ExactNumber } from '@/lib/exact-json';

/** Deeper than this starts folded: payloads nest far, and the top is what one looks for. */
const OPEN_DEPTH = 3;

function Scalar({ value }: { value: unknown }) {
  if (value instanceof ExactNumber) return <span className="text-gain">{value.text}</span>;
  if (typeof value === 'string') return <span className="break-all text-ink">{JSON.stringify(value)}</span>;
  if (typeof value === 'number') return <span className="text-gain">{value}</span>;
  return <span className="text-loss">{String(value)}</span>;
}

export function JsonTree({ value, name, depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  const nested = value !== null && typeof value === 'object' && !(value instanceof ExactNumber);
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const label = name === undefined ? null : <span className="text-soft">{name}: </span>;
  if (!nested) {
    return (
      <div className="pl-4">
        {label}
        <Scalar value={value} />
      </div>
    );
  }
  const list = Array.isArray(value);
  const entries: [string, unknown][] = Object.entries(value);
  const [start, end] = list ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    return (
      <div className="pl-4">
        {label}
        {start}
        {end}
      </div>
    );
  }
  return (
    <div className={depth === 0 ? '' : 'pl-4'}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="rounded text-left hover:bg-line/60"
      >
        <span aria-hidden="true" className="inline-block w-4 text-center text-soft">
          {open ? '▾' : '▸'}
        </span>
        {label}
        {start}
        {!open && (
          <span className="text-soft">{` ${entries.length} ${list ? 'items' : 'fields'} ${end}`}</span>
        )}
      </button>
      {open && (
        <>
          {entries.map(([key, item]) => (
            <JsonTree key={key} value={item} name={key} depth={depth + 1} />
          ))}
          <div className="pl-4">{end}</div>
        </>
      )}
    </div>
  );
}

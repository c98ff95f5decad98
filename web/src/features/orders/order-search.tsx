/** The search field over orders; it asks when the typing rests. */
import { useEffect, useState } from 'react';
import { SearchIcon } from '@/components/icons';

const REST_MS = 250;

export function OrderSearch({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  // The address changed from elsewhere (back button, command palette): follow it.
  if (value !== known) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    if (text === known) return;
    const timer = setTimeout(() => {
      setKnown(text);
      onChange(text);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [text, known, onChange]);
  return (
    <label className="relative block w-full sm:w-60">
      <span className="sr-only">Search orders by number or customer</span>
      <SearchIcon className="pointer-events-none absolute top-2.5 left-2.5 text-soft" />
      <input
        type="search"
        value={text}
        placeholder="Order or customer"
        onChange={(event) => setText(event.target.value)}
        className="h-9 w-full rounded-lg border border-line-strong bg-surface pr-2 pl-8 text-[13px] placeholder:text-soft"
      />
    </label>
  );
}

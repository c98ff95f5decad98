/** Copies a text and says so. */
import { useEffect, useState } from 'react';
import { CheckIcon, CopyIcon } from './icons';
import { Button } from './ui';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_800);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <Button
        look="ghost"
        square
        className="h-7 w-7"
        aria-label={label}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      >
        {copied ? <CheckIcon className="text-gain" /> : <CopyIcon />}
      </Button>
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </>
  );
}

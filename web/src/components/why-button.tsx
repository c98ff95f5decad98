/** A figure that can be asked where it comes from: a click opens its formula and its parts. */
import type { ReactNode } from 'react';

export function WhyButton({
  of,
  onAsk,
  children,
}: {
  /** The figure's name, for those who hear the page. */
  of: string;
  onAsk: () => void;
  /** The figure as it is shown. */
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      title="Why this number?"
      className="cursor-pointer rounded underline decoration-line-strong decoration-dotted underline-offset-4 hover:decoration-current"
      onClick={onAsk}
    >
      {children}
      <span className="sr-only"> {of}: why this number?</span>
    </button>
  );
}

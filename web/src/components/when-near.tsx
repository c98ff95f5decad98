/** Holds back what lies far below until one scrolls towards it, so that the first view is light. */
import { useEffect, useRef, useState, type ReactNode } from 'react';

const MARGIN = '500px';

export function WhenNear({
  now,
  fallback,
  children,
}: {
  /** Show at once, because the address or a command asks for it. */
  now: boolean;
  fallback: ReactNode;
  children: ReactNode;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  const shown = near || now;
  useEffect(() => {
    const element = place.current;
    if (shown || !element) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true);
      },
      { rootMargin: MARGIN },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [shown]);
  // Once shown it stays: `now` may be a passing state of the address.
  if (now && !near) setNear(true);
  return shown ? children : <div ref={place}>{fallback}</div>;
}

/** What a part of the page shows when its data could not be read: the reason, the cure, another try. */
import { ApiProblem } from '@/api/client';
import { Button } from './ui';
import { SyncIcon, WarningIcon } from './icons';

export function ProblemNote({
  error,
  onRetry,
  what,
}: {
  error: Error;
  /** What is missing, for example `the orders`. */
  what: string;
  onRetry?: (() => void) | undefined;
}) {
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <div role="alert" className="flex flex-col items-start gap-3 rounded-lg bg-loss-soft p-4 text-ink">
      <div className="flex gap-3">
        <WarningIcon className="mt-0.5 shrink-0 text-loss" />
        <div>
          <p className="font-semibold">Could not load {what}</p>
          <p className="mt-1">{error.message}.</p>
          {problem?.cure && (
            <p className="mt-1">
              <span className="font-medium">What helps: </span>
              {problem.cure}.
            </p>
          )}
          {problem && <p className="mt-1 font-mono text-xs text-soft">{problem.code}</p>}
        </div>
      </div>
      {onRetry && (
        <Button onClick={onRetry}>
          <SyncIcon /> Try again
        </Button>
      )}
    </div>
  );
}

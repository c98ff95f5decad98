/** Whole pages that stand in for another: loading, broken, not there. */
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { ProblemNote } from '@/components/problem';
import { Skeleton } from '@/components/ui';

export function PageLoading() {
  return (
    <div role="status" className="mx-auto w-full max-w-[1400px] space-y-5 p-4 sm:p-6">
      <span className="sr-only">Loading</span>
      <Skeleton className="h-9 w-64" />
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-5">
        {Array.from({ length: 5 }, (_, index) => (
          <Skeleton key={index} className="h-32" />
        ))}
      </div>
      <Skeleton className="h-96" />
    </div>
  );
}

export function PageProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  return (
    <main className="mx-auto max-w-2xl p-6 pt-16">
      <h1 className="mb-4 text-xl font-semibold">This page has a problem</h1>
      <ProblemNote
        error={error instanceof Error ? error : new Error(String(error))}
        what="the page"
        onRetry={() => {
          queries.reset();
          reset();
          void router.invalidate();
        }}
      />
      <p className="mt-6">
        <Link to="/" className="font-medium text-brand underline underline-offset-4">
          Go to the first workspace
        </Link>
      </p>
    </main>
  );
}

export function NotFound() {
  return (
    <main className="mx-auto max-w-2xl p-6 pt-16">
      <h1 className="text-xl font-semibold">There is no page at this address</h1>
      <p className="mt-2 text-soft">The link may be old, or a letter is missing.</p>
      <p className="mt-6">
        <Link to="/" className="font-medium text-brand underline underline-offset-4">
          Go to the dashboard
        </Link>
      </p>
    </main>
  );
}

/** Who did what, searchable, the newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { SearchIcon } from '@/components/icons';
import { Chooser } from '@/components/page-head';
import { ProblemNote } from '@/components/problem';
import { Button, Card, Skeleton } from '@/components/ui';
import { formatInstant } from '@/lib/dates';
import { useWorkspace } from '@/lib/view';
import { actionName, actorName, detailsText, GROUPS } from './audit-model';
import { auditQuery, useVerifyAudit } from './audit-queries';

const REST_MS = 250;

export function AuditPage() {
  const workspace = useWorkspace();
  const [typed, setTyped] = useState('');
  const [text, setText] = useState('');
  const [action, setAction] = useState<(typeof GROUPS)[number]['value']>('');
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), REST_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const audit = useInfiniteQuery(auditQuery(workspace.id, { text, action }));
  const entries = audit.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <div className="mx-auto max-w-[100rem] space-y-5 px-3 py-6 sm:px-6">
      <header className="space-y-3">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">Audit</h1>
          <p className="mt-1 max-w-prose text-soft">
            Who did what in this workspace. Entries are only ever added; each holds a seal of the one before
            it, so that a change behind the program&apos;s back shows.
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <label className="relative block w-full sm:w-72">
            <span className="sr-only">Search the audit</span>
            <SearchIcon className="pointer-events-none absolute top-2.5 left-2.5 text-soft" />
            <input
              type="search"
              value={typed}
              placeholder="Who, or what it was done to"
              onChange={(event) => setTyped(event.target.value)}
              className="h-9 w-full rounded-lg border border-line-strong bg-surface pr-2 pl-8 text-[13px] placeholder:text-soft"
            />
          </label>
          <Chooser label="Actions" value={action} choices={GROUPS} onChoose={setAction} />
          <Check />
        </div>
      </header>
      <Card>
        {audit.isError ? (
          <div className="p-5">
            <ProblemNote error={audit.error} what="the audit" onRetry={() => void audit.refetch()} />
          </div>
        ) : !audit.data ? (
          <div className="p-5">
            <Skeleton className="h-64" />
          </div>
        ) : entries.length === 0 ? (
          <p className="px-5 py-16 text-center text-soft">
            {text || action ? 'Nothing fits this search.' : 'Nothing was done here yet.'}
          </p>
        ) : (
          <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Entries of the audit">
            <table className="w-full text-[13px] max-sm:block">
              <thead className="max-sm:hidden">
                <tr className="text-left text-soft">
                  {['When', 'Who', 'What', 'To what', 'More', 'Number'].map((name) => (
                    <th key={name} scope="col" className="px-5 py-3 font-medium whitespace-nowrap">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody className="max-sm:block">
                {entries.map((entry) => (
                  <tr
                    key={entry.number}
                    data-audit={entry.action}
                    className="border-t border-line align-top max-sm:block max-sm:px-4 max-sm:py-3 max-sm:first:border-t-0"
                  >
                    <td className="numeric px-5 py-2.5 whitespace-nowrap max-sm:block max-sm:p-0">
                      {formatInstant(entry.at, workspace.time_zone)}
                    </td>
                    <td className="px-5 py-2.5 break-words max-sm:block max-sm:p-0">
                      {actorName(entry.actor_kind, entry.actor)}
                    </td>
                    <td className="px-5 py-2.5 font-medium max-sm:block max-sm:p-0">
                      {actionName(entry.action)}
                    </td>
                    <td className="px-5 py-2.5 break-all max-sm:block max-sm:p-0">{entry.subject}</td>
                    <td className="px-5 py-2.5 break-words text-soft max-sm:block max-sm:p-0">
                      {detailsText(entry.details)}
                    </td>
                    <td className="numeric px-5 py-2.5 text-soft max-sm:block max-sm:p-0" title={entry.hash}>
                      {entry.number}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {audit.hasNextPage && (
        <div className="text-center">
          <Button onClick={() => void audit.fetchNextPage()} disabled={audit.isFetchingNextPage}>
            Older entries
          </Button>
        </div>
      )}
    </div>
  );
}

/** The check of the whole chain, and what it said. */
function Check() {
  const check = useVerifyAudit();
  const fault = check.data?.fault;
  return (
    <>
      <Button onClick={() => check.mutate()} disabled={check.isPending}>
        {check.isPending ? 'Checking…' : 'Check that it is whole'}
      </Button>
      <span role="status" className="text-[13px]">
        {check.isError && <span className="text-loss">{check.error.message}</span>}
        {check.data &&
          (fault ? (
            <span className="text-loss">
              Entry {fault.number} is not as it was written: {fault.reason}.
            </span>
          ) : (
            <span className="text-gain">All {check.data.entries} entries are as they were written.</span>
          ))}
      </span>
    </>
  );
}

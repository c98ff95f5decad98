/** What customers agreed to, as the platforms tell it. */
import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/api/client';
import { ProblemNote } from '@/components/problem';
import { Card } from '@/components/ui';
import { count } from '@/lib/format';

const WORDS: Record<string, string> = {
  subscribed: 'agreed',
  unsubscribed: 'withdrawn',
  never_subscribed: 'never asked for it',
  pending: 'not confirmed yet',
};

export function Consent({ workspace }: { workspace: string }) {
  const consent = useQuery({
    queryKey: ['workspace', workspace, 'consent'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/workspaces/{w}/consent', { params: { path: { w: workspace } }, signal })),
  });
  if (consent.isError) {
    return <ProblemNote error={consent.error} what="the consent" onRetry={() => void consent.refetch()} />;
  }
  const rows = consent.data?.rows ?? [];
  if (rows.length === 0) return null;
  const about = 'Who may be written to, as each platform tells it; a person known to two of them is in both';
  return (
    <Card className="p-5">
      <h2 className="text-[15px] font-semibold tracking-tight">Consent</h2>
      <p className="mt-0.5 text-[13px] text-soft">{about}</p>
      <div className="mt-3 overflow-x-auto" role="region" aria-label="Consent" tabIndex={0}>
        <table className="w-full text-[13px]">
          <caption className="sr-only">{about}</caption>
          <thead>
            <tr className="text-xs text-soft">
              {['Connection', 'Channel', 'Consent', 'Persons', 'Last said'].map((head, at) => (
                <th
                  key={head}
                  scope="col"
                  className={`px-2 py-2 font-medium ${at > 2 ? 'text-right' : 'text-left'}`}
                >
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr
                key={`${row.connection_id}/${row.channel}/${row.state ?? ''}`}
                className="border-t border-line"
              >
                <td className="px-2 py-1.5">{row.connection_id}</td>
                <td className="px-2 py-1.5">{row.channel === 'sms' ? 'SMS' : 'E-mail'}</td>
                <td className="px-2 py-1.5">
                  {row.state == null ? 'not told' : (WORDS[row.state] ?? row.state)}
                </td>
                <td className="numeric px-2 py-1.5 text-right">{count(row.persons)}</td>
                <td className="numeric px-2 py-1.5 text-right">{row.last_at?.slice(0, 10) ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

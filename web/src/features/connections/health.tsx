/** How a connection fares: its last test, how often syncs fail, what is used of the platform's limits, its token. */
import type { Connection, Workspace } from '@/api/types';
import { formatInstant, formatRelative } from '@/lib/dates';
import { count, percent, sentenceCase } from '@/lib/format';

type Quota = Connection['health']['quota'][number];

/** A limit in words, such as "12 of 100 calls in 60 s". */
export function quotaInWords(quota: Quota): string {
  const known = (value: number | null | undefined) => (value == null ? null : count(value));
  const used = known(quota.used);
  const allowed = known(quota.allowed);
  const left = known(quota.left);
  const span = quota.per_s == null ? '' : ` in ${count(quota.per_s)} s`;
  if (quota.counts === 'percent') return used === null ? 'not told yet' : `${used} % used`;
  if (used !== null && allowed !== null) return `${used} of ${allowed} ${quota.counts}${span}`;
  if (left !== null) return `${left} ${quota.counts} left${span}`;
  return 'not told yet';
}

export default function Health({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const { test, runs, quota, token } = connection.health;
  const { webhooks } = connection;
  const at = (instant: string) => (
    <time dateTime={instant} title={formatInstant(instant, workspace.time_zone)}>
      {formatRelative(instant)}
    </time>
  );
  return (
    <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
      <dt className="text-soft">Last test</dt>
      <dd>
        {test ? (
          <>
            {test.ok ? 'the platform let us in' : (test.message ?? 'failed')}, {at(test.at)}
          </>
        ) : (
          'not made yet'
        )}
      </dd>
      <dt className="text-soft">Failed syncs</dt>
      <dd className="numeric">
        {runs.error_rate == null
          ? `none ended in ${count(runs.days)} days`
          : `${percent(runs.error_rate)} of ${count(runs.ended)} in ${count(runs.days)} days`}
      </dd>
      <dt className="text-soft">Token</dt>
      <dd>
        {token == null ? (
          'a key, which does not run out by itself'
        ) : token.expires_at == null ? (
          'lasts until it is taken back'
        ) : (
          <>
            runs out {at(token.expires_at)}
            {token.renewable && ', and is renewed by itself'}
          </>
        )}
      </dd>
      {webhooks?.waits_for != null && (
        <>
          <dt className="text-soft">Webhooks</dt>
          <dd>
            {count(webhooks.waiting)} {webhooks.waiting === 1 ? 'event waits' : 'events wait'}:{' '}
            {webhooks.waits_for}
            {webhooks.next_try_at != null && <>. The next try is {at(webhooks.next_try_at)}</>}
          </dd>
        </>
      )}
      <dt className="text-soft">Limits</dt>
      <dd className="numeric">
        {quota.length === 0 ? (
          'nothing was called since the server started'
        ) : (
          <ul>
            {quota.map((one, index) => (
              <li key={index}>
                {one.call && `${sentenceCase(one.call)}: `}
                {quotaInWords(one)}
              </li>
            ))}
          </ul>
        )}
      </dd>
    </dl>
  );
}

/** The keys of programs: made, shown once, and revoked. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/api/client';
import { Badge, Button, Card } from '@/components/ui';
import { keysQuery, useChange } from './access-queries';
import { faultOf, Field, Form, INPUT, Refusal } from './form';
import { Once, ReachChoice, seen, type Reach } from './grants';

const SCOPES = ['read', 'sync', 'write', 'admin'] as const;

export function KeysCard({ organisation }: { organisation: string }) {
  const keys = useQuery(keysQuery(organisation));
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['read']);
  const [until, setUntil] = useState('');
  const [workspaces, setWorkspaces] = useState<Reach>(null);
  const create = useChange(
    () =>
      unwrap(
        api.POST('/api/v1/keys', {
          params: { query: { organisation } },
          body: {
            name,
            scopes: [...scopes],
            workspaces,
            ...(until ? { expires_at: `${until}T00:00:00Z` } : {}),
          },
        }),
      ),
    ['keys'],
  );
  const revoke = useChange(
    (id: string) =>
      unwrap(api.DELETE('/api/v1/keys/{id}', { params: { path: { id }, query: { organisation } } })),
    ['keys'],
  );
  return (
    <Card className="p-5">
      <h2 className="mb-1 font-semibold">API keys</h2>
      <p className="mb-3 text-soft">For programs, sent as Authorization: Bearer.</p>
      <ul className="mb-4 divide-y divide-line">
        {keys.data?.keys.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-3 py-2.5">
            <div className="min-w-48 flex-1">
              <p className="font-medium">
                {one.name}{' '}
                {one.scopes.map((scope) => (
                  <Badge key={scope}>{scope}</Badge>
                ))}{' '}
                {one.revoked_at && <Badge tone="bad">revoked</Badge>}
              </p>
              <p className="text-xs text-soft">
                ngk_{one.id}… · {seen(one.workspaces)} ·{' '}
                {one.used_at ? `last used ${new Date(one.used_at).toLocaleString()}` : 'never used'}
                {one.expires_at && ` · until ${new Date(one.expires_at).toLocaleDateString()}`}
              </p>
            </div>
            {!one.revoked_at && (
              <Button onClick={() => revoke.mutate(one.id)} aria-label={`Revoke the key ${one.name}`}>
                Revoke
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className="max-w-sm">
        <Form
          action="Make a key"
          busy={create.isPending}
          onSubmit={() => create.mutate(undefined, { onSuccess: () => setName('') })}
        >
          <Field
            label="What it is for"
            value={name}
            onChange={(event) => setName(event.target.value)}
            fault={faultOf(create.error, 'name')}
          />
          <fieldset>
            <legend className="mb-1.5 text-[13px] font-medium">What it may</legend>
            <div className="flex flex-wrap gap-4">
              {SCOPES.map((scope) => (
                <label key={scope} className="flex items-center gap-1.5 text-[13px]">
                  <input
                    type="checkbox"
                    checked={scopes.includes(scope)}
                    onChange={(event) =>
                      setScopes((before) =>
                        event.target.checked ? [...before, scope] : before.filter((one) => one !== scope),
                      )
                    }
                  />
                  {scope}
                </label>
              ))}
            </div>
          </fieldset>
          <ReachChoice label="Workspaces that it reaches" value={workspaces} onChoose={setWorkspaces} />
          <label className="block text-[13px] font-medium">
            Ends on (UTC); never where it is empty
            <input
              type="date"
              className={`${INPUT} mt-1.5`}
              value={until}
              onChange={(event) => setUntil(event.target.value)}
            />
          </label>
          <Refusal error={create.error} fields={['name']} />
        </Form>
      </div>
      {create.data && <Once about="This is the key. It is not shown again." text={create.data.text} />}
    </Card>
  );
}

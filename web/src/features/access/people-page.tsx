/** Who belongs to the organisation, who is invited, and which keys open it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/api/client';
import { CopyButton } from '@/components/copy-button';
import { ProblemNote } from '@/components/problem';
import { Badge, Button, Card, Skeleton } from '@/components/ui';
import {
  invitationsQuery,
  keysQuery,
  peopleQuery,
  ROLES,
  sessionQuery,
  useChange,
  type Role,
} from './access-queries';
import { faultOf, Field, Form, INPUT, Refusal } from './form';
import { Plain } from './plain';

export function PeoplePage() {
  const people = useQuery(peopleQuery());
  return (
    <Plain title="People and keys" about="Who may use this organisation's figures, and which programs.">
      {people.isError ? (
        <ProblemNote error={people.error} what="the people" onRetry={() => void people.refetch()} />
      ) : people.data ? (
        <>
          <Members people={people.data.people} />
          <Invitations />
          <Keys />
        </>
      ) : (
        <Skeleton className="h-64" />
      )}
    </Plain>
  );
}

interface Member {
  id: string;
  email: string;
  name: string;
  role: string;
  workspaces?: string[] | null;
  second_factor: boolean;
}

const seen = (workspaces: string[] | null | undefined) => workspaces?.join(', ') ?? 'all workspaces';

function RoleChoice({
  value,
  onChoose,
  label,
}: {
  value: string;
  onChoose: (role: Role) => void;
  label: string;
}) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.target.value as Role)}
      className="h-9 rounded-lg border border-line-strong bg-surface px-2 text-[13px]"
    >
      {ROLES.map((role) => (
        <option key={role.value} value={role.value}>
          {role.label}: {role.detail}
        </option>
      ))}
    </select>
  );
}

function Members({ people }: { people: readonly Member[] }) {
  const session = useQuery(sessionQuery());
  const change = useChange(
    ({ person, role }: { person: Member; role: Role }) =>
      unwrap(
        api.PUT('/api/v1/people/{id}', {
          params: { path: { id: person.id } },
          body: { role, workspaces: role === 'owner' ? null : (person.workspaces ?? null) },
        }),
      ),
    ['people', 'session'],
  );
  const remove = useChange(
    async (id: string) => {
      const answer = await api.DELETE('/api/v1/people/{id}', { params: { path: { id } } });
      if (!answer.response.ok) await unwrap(Promise.resolve(answer));
    },
    ['people', 'keys'],
  );
  return (
    <Card className="p-5">
      <h2 className="mb-3 font-semibold">People</h2>
      <Refusal error={change.error ?? remove.error} />
      <ul className="divide-y divide-line">
        {people.map((person) => (
          <li key={person.id} className="flex flex-wrap items-center gap-3 py-2.5">
            <div className="min-w-48 flex-1">
              <p className="font-medium">
                {person.name} {person.id === session.data?.person?.id && <Badge>you</Badge>}{' '}
                {person.second_factor ? (
                  <Badge tone="good">second factor</Badge>
                ) : (
                  <Badge tone="warn">password only</Badge>
                )}
              </p>
              <p className="text-xs text-soft">
                {person.email} · {seen(person.workspaces)}
              </p>
            </div>
            <RoleChoice
              label={`Role of ${person.email}`}
              value={person.role}
              onChoose={(role) => change.mutate({ person, role })}
            />
            <Button onClick={() => remove.mutate(person.id)} aria-label={`Remove ${person.email}`}>
              Remove
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Invitations() {
  const invitations = useQuery(invitationsQuery());
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const invite = useChange(
    () => unwrap(api.POST('/api/v1/invitations', { body: { email, role } })),
    ['invitations'],
  );
  const withdraw = useChange(
    async (id: string) => {
      await api.DELETE('/api/v1/invitations/{id}', { params: { path: { id } } });
    },
    ['invitations'],
  );
  const link = invite.data && `${window.location.origin}${invite.data.path}`;
  return (
    <Card className="p-5">
      <h2 className="mb-3 font-semibold">Invitations</h2>
      <ul className="mb-4 divide-y divide-line">
        {invitations.data?.invitations.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-3 py-2.5">
            <p className="min-w-48 flex-1">
              {one.email} <Badge>{one.role}</Badge>{' '}
              <span className="text-xs text-soft">until {new Date(one.expires_at).toLocaleDateString()}</span>
            </p>
            <Button
              onClick={() => withdraw.mutate(one.id)}
              aria-label={`Withdraw the invitation of ${one.email}`}
            >
              Withdraw
            </Button>
          </li>
        ))}
      </ul>
      <div className="max-w-sm">
        <Form action="Invite" busy={invite.isPending} onSubmit={() => invite.mutate(undefined)}>
          <Field
            label="E-mail address"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            fault={faultOf(invite.error, 'email')}
          />
          <RoleChoice label="Role" value={role} onChoose={setRole} />
          <Refusal error={invite.error} fields={['email']} />
        </Form>
      </div>
      {link && (
        <Once
          about="Give this link to the person: it works once, for a week, and is not shown again."
          text={link}
        />
      )}
    </Card>
  );
}

function Once({ about, text }: { about: string; text: string }) {
  return (
    <div role="status" className="mt-4 rounded-lg bg-brand-soft p-4">
      <p className="mb-2">{about}</p>
      <p className="flex flex-wrap items-center gap-2">
        <code className="min-w-0 flex-1 font-mono text-xs break-all">{text}</code>
        <CopyButton text={text} label="Copy" />
      </p>
    </div>
  );
}

const SCOPES = ['read', 'sync', 'write', 'admin'] as const;

function Keys() {
  const keys = useQuery(keysQuery());
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['read']);
  const [until, setUntil] = useState('');
  const create = useChange(
    () =>
      unwrap(
        api.POST('/api/v1/keys', {
          body: { name, scopes: [...scopes], ...(until ? { expires_at: `${until}T00:00:00Z` } : {}) },
        }),
      ),
    ['keys'],
  );
  const revoke = useChange(
    (id: string) => unwrap(api.DELETE('/api/v1/keys/{id}', { params: { path: { id } } })),
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
        <Form action="Make a key" busy={create.isPending} onSubmit={() => create.mutate(undefined)}>
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

/** Who belongs to an organisation, who is invited, and which keys open it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/api/client';
import { ProblemNote } from '@/components/problem';
import { Badge, Button, Card, Skeleton } from '@/components/ui';
import { organisationsQuery, peopleQuery, sessionQuery, useChange, type Role } from './access-queries';
import { INPUT, Refusal } from './form';
import { ReachChoice, RoleChoice, seen, type Reach } from './grants';
import { InvitationsCard } from './invitations-card';
import { KeysCard } from './keys-card';
import { Plain } from './plain';

export function PeoplePage() {
  const organisations = useQuery(organisationsQuery());
  const managed = organisations.data?.organisations.filter((one) => one.manages) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const organisation = managed.find((one) => one.id === chosen) ?? managed[0];
  return (
    <Plain title="People and keys" about="Who may use this organisation's figures, and which programs.">
      {managed.length > 1 && (
        <label className="block max-w-sm text-[13px] font-medium">
          Organisation
          <select
            className={`${INPUT} mt-1.5`}
            value={organisation?.id}
            onChange={(event) => setChosen(event.target.value)}
          >
            {managed.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {organisations.isError ? (
        <ProblemNote
          error={organisations.error}
          what="the organisations"
          onRetry={() => void organisations.refetch()}
        />
      ) : organisation ? (
        // what was typed and shown belongs to one of them
        <Belonging key={organisation.id} organisation={organisation.id} />
      ) : organisations.data ? (
        <p role="alert" className="text-soft">
          You manage nobody here. Owners and admins do; ask one of them.
        </p>
      ) : (
        <Skeleton className="h-64" />
      )}
    </Plain>
  );
}

function Belonging({ organisation }: { organisation: string }) {
  const people = useQuery(peopleQuery(organisation));
  if (people.isError)
    return <ProblemNote error={people.error} what="the people" onRetry={() => void people.refetch()} />;
  if (!people.data) return <Skeleton className="h-64" />;
  return (
    <>
      <Members organisation={organisation} people={people.data.people} />
      <InvitationsCard organisation={organisation} />
      <KeysCard organisation={organisation} />
    </>
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

function Members({ organisation, people }: { organisation: string; people: readonly Member[] }) {
  const session = useQuery(sessionQuery());
  const change = useChange(
    ({ person, role, workspaces }: { person: Member; role: Role; workspaces: Reach }) =>
      unwrap(
        api.PUT('/api/v1/people/{id}', {
          params: { path: { id: person.id }, query: { organisation } },
          body: { role, workspaces: role === 'owner' ? null : workspaces },
        }),
      ),
    ['people', 'session'],
  );
  const remove = useChange(
    async (id: string) => {
      const answer = await api.DELETE('/api/v1/people/{id}', {
        params: { path: { id }, query: { organisation } },
      });
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
              onChoose={(role) => change.mutate({ person, role, workspaces: person.workspaces ?? null })}
            />
            <Button onClick={() => remove.mutate(person.id)} aria-label={`Remove ${person.email}`}>
              Remove
            </Button>
            {person.role !== 'owner' && (
              <details className="w-full text-[13px]">
                <summary className="cursor-pointer text-soft hover:text-ink">
                  Workspaces of {person.name}
                </summary>
                <Restriction
                  // what is kept is where choosing begins
                  key={seen(person.workspaces)}
                  kept={person.workspaces ?? null}
                  busy={change.isPending}
                  onKeep={(workspaces) => change.mutate({ person, role: person.role as Role, workspaces })}
                />
              </details>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Chooses the workspaces of a person; nothing changes before it is kept. */
function Restriction({ kept, busy, onKeep }: { kept: Reach; busy: boolean; onKeep: (reach: Reach) => void }) {
  const [reach, setReach] = useState<Reach>(kept);
  return (
    <div className="mt-2 flex flex-wrap items-end justify-between gap-3 rounded-lg bg-sunken p-3">
      <ReachChoice label="May see" value={reach} onChoose={setReach} />
      <Button
        disabled={busy || reach?.length === 0 || seen(reach) === seen(kept)}
        onClick={() => onKeep(reach)}
      >
        Keep
      </Button>
    </div>
  );
}

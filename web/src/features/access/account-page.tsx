/** One's own account: password, second factor, and the browsers that one is signed in with. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/api/client';
import { CopyButton } from '@/components/copy-button';
import { ProblemNote } from '@/components/problem';
import { Badge, Button, Card, Skeleton } from '@/components/ui';
import { enter, factorQuery, sessionQuery, sessionsQuery, useChange } from './access-queries';
import { faultOf, Field, Form, Refusal } from './form';
import { Plain } from './plain';

export function AccountPage() {
  const session = useQuery(sessionQuery());
  const person = session.data?.person;
  if (session.isError) return <ProblemNote error={session.error} what="your account" />;
  if (!session.data) return <Skeleton className="m-6 h-64" />;
  if (!person)
    return (
      <Plain title="Account">
        <p className="text-soft">
          {session.data.open
            ? 'This server is open: everybody who reaches it may do everything, and nobody has an account.'
            : 'Nobody is signed in.'}
        </p>
      </Plain>
    );
  return (
    <Plain title="Account" about={`${person.name} · ${person.email}`}>
      <PasswordCard hasPassword={person.has_password} />
      <FactorCard hasPassword={person.has_password} />
      <SessionsCard />
      <Card className="flex items-center justify-between p-5">
        <p className="text-soft">Signed in as {person.email}</p>
        <SignOut />
      </Card>
    </Plain>
  );
}

function SignOut() {
  const out = useChange(async () => {
    await api.DELETE('/api/v1/session');
    enter('/sign-in');
  }, []);
  return <Button onClick={() => out.mutate(undefined)}>Sign out</Button>;
}

function PasswordCard({ hasPassword }: { hasPassword: boolean }) {
  const [given, setGiven] = useState({ current: '', password: '' });
  const change = useChange(
    async () => refuse(await api.PUT('/api/v1/account/password', { body: given })),
    ['session', 'sessions'],
  );
  return (
    <Card className="p-5">
      <h2 className="mb-4 font-semibold">Password</h2>
      <div className="max-w-sm">
        <Form
          action="Change the password"
          busy={change.isPending}
          onSubmit={() =>
            change.mutate(undefined, { onSuccess: () => setGiven({ current: '', password: '' }) })
          }
        >
          {hasPassword && (
            <Field
              label="Password until now"
              type="password"
              autoComplete="current-password"
              value={given.current}
              onChange={(event) => setGiven({ ...given, current: event.target.value })}
              fault={faultOf(change.error, 'current')}
            />
          )}
          <Field
            label="New password"
            type="password"
            autoComplete="new-password"
            hint="12 characters or more. Every other browser is signed out."
            value={given.password}
            onChange={(event) => setGiven({ ...given, password: event.target.value })}
            fault={faultOf(change.error, 'password')}
          />
          <Refusal error={change.error} fields={['current', 'password']} />
          {change.isSuccess && <p role="status">The new password is set.</p>}
        </Form>
      </div>
    </Card>
  );
}

/** An answer without a body, or what was refused. */
async function refuse(answer: { error?: unknown; response: Response }): Promise<void> {
  if (!answer.response.ok) await unwrap(Promise.resolve(answer));
}

function FactorCard({ hasPassword }: { hasPassword: boolean }) {
  const factor = useQuery(factorQuery());
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useChange(
    () => unwrap(api.POST('/api/v1/account/second-factor', { body: { password } })),
    [],
  );
  const confirm = useChange(
    () => unwrap(api.POST('/api/v1/account/second-factor/confirm', { body: { code } })),
    ['second-factor', 'session', 'sessions'],
  );
  const remove = useChange(
    async () => refuse(await api.POST('/api/v1/account/second-factor/remove', { body: { password } })),
    ['second-factor', 'session'],
  );
  const on = factor.data?.on ?? false;
  const proof = hasPassword && (
    <Field
      label="Your password"
      type="password"
      autoComplete="current-password"
      value={password}
      onChange={(event) => setPassword(event.target.value)}
      fault={faultOf(on ? remove.error : begin.error, 'password')}
    />
  );
  return (
    <Card className="p-5">
      <h2 className="mb-1 flex items-center gap-2 font-semibold">
        Second factor <Badge tone={on ? 'good' : 'warn'}>{on ? 'on' : 'off'}</Badge>
      </h2>
      <p className="mb-4 max-w-prose text-soft">
        A code of an app on your phone beside the password, so that a password alone opens nothing.
        {on && ` ${factor.data?.recovery_codes_left} recovery codes are left.`}
      </p>
      {confirm.data ? (
        <RecoveryCodes codes={confirm.data.recovery_codes} />
      ) : begin.data && !on ? (
        <div className="flex flex-wrap gap-6">
          <img
            src={`data:image/svg+xml;utf8,${encodeURIComponent(begin.data.qr_svg)}`}
            alt="QR code of the secret, for an authenticator app"
            width={200}
            height={200}
            className="rounded-lg bg-white p-2"
          />
          <div className="max-w-sm min-w-60 flex-1 space-y-4">
            <p>
              Scan the code with your app, or type the secret:{' '}
              <code className="font-mono text-[13px] break-all">{begin.data.secret}</code>
            </p>
            <Form action="Turn it on" busy={confirm.isPending} onSubmit={() => confirm.mutate(undefined)}>
              <Field
                label="Code that the app shows"
                inputMode="numeric"
                autoComplete="one-time-code"
                value={code}
                onChange={(event) => setCode(event.target.value)}
                fault={faultOf(confirm.error, 'code')}
              />
              <Refusal error={confirm.error} fields={['code']} />
            </Form>
          </div>
        </div>
      ) : (
        <div className="max-w-sm">
          {on ? (
            <Form action="Turn it off" busy={remove.isPending} onSubmit={() => remove.mutate(undefined)}>
              {proof}
              <Refusal error={remove.error} fields={['password']} />
            </Form>
          ) : (
            <Form action="Set it up" busy={begin.isPending} onSubmit={() => begin.mutate(undefined)}>
              {proof}
              <Refusal error={begin.error} fields={['password']} />
            </Form>
          )}
        </div>
      )}
    </Card>
  );
}

function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <div role="status">
      <p className="mb-3 max-w-prose">
        It is on. Keep these codes where your phone is not: each signs you in once when the app is lost. They
        are not shown again.
      </p>
      <ul className="mb-3 grid max-w-md gap-1 font-mono text-[13px] sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <CopyButton text={codes.join('\n')} label="Copy the codes" />
    </div>
  );
}

function SessionsCard() {
  const sessions = useQuery(sessionsQuery());
  const end = useChange(
    async (id: string) => refuse(await api.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } })),
    ['sessions'],
  );
  const others = useChange(async () => refuse(await api.DELETE('/api/v1/sessions')), ['sessions']);
  const all = sessions.data?.sessions ?? [];
  return (
    <Card className="p-5">
      <div className="mb-3 flex items-center justify-between">
        <h2 className="font-semibold">Signed in with</h2>
        {all.length > 1 && <Button onClick={() => others.mutate(undefined)}>Sign out all others</Button>}
      </div>
      {sessions.isError && <ProblemNote error={sessions.error} what="your sessions" />}
      <ul className="divide-y divide-line">
        {all.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-3 py-2.5">
            <div className="min-w-0 flex-1">
              <p className="truncate" title={one.agent}>
                {browserOf(one.agent)} {one.current && <Badge tone="good">this one</Badge>}
              </p>
              <p className="text-xs text-soft">
                from {one.address} · last used {new Date(one.used_at).toLocaleString()}
              </p>
            </div>
            {!one.current && <Button onClick={() => end.mutate(one.id)}>Sign out</Button>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** A browser's name in what it calls itself. */
function browserOf(agent: string): string {
  const names: [RegExp, string][] = [
    [/Edg\//, 'Edge'],
    [/Firefox\//, 'Firefox'],
    [/Chrome\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ];
  const systems: [RegExp, string][] = [
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Mac OS X/, 'macOS'],
    [/Windows/, 'Windows'],
    [/Linux/, 'Linux'],
  ];
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent))?.[1];
  return [find(names) ?? (agent.slice(0, 60) || 'unknown program'), find(systems)]
    .filter(Boolean)
    .join(' on ');
}

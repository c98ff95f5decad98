/** Signing in: e-mail and password, then the code of the second factor where one is on. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/api/client';
import { enter, sessionQuery } from './access-queries';
import { Door, Field, Form, Refusal } from './form';

const OUTSIDE: Record<string, string> = {
  oidc_failed: 'The sign-in elsewhere did not work. Begin it again in this browser.',
  oidc_unknown: 'You are known there, but nobody invited you here. Ask an owner for an invitation.',
};

/** A path of our own pages. */
export const ownPath = (path: string | undefined) =>
  path?.startsWith('/') && !path.startsWith('//') && !path.startsWith('/\\') ? path : '/';

export function SignInPage({ next, problem }: { next?: string | undefined; problem?: string | undefined }) {
  const session = useQuery(sessionQuery());
  const [given, setGiven] = useState({ email: '', password: '', code: '' });
  const [factor, setFactor] = useState(false);
  const to = ownPath(next);
  const change = (name: keyof typeof given) => (event: { target: { value: string } }) =>
    setGiven((before) => ({ ...before, [name]: event.target.value }));
  const password = useMutation({
    mutationFn: () =>
      unwrap(api.POST('/api/v1/session', { body: { email: given.email, password: given.password } })),
    onSuccess: ({ state }) => (state === 'signed_in' ? enter(to) : setFactor(true)),
  });
  const code = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/session/second-factor', { body: { code: given.code } })),
    onSuccess: () => enter(to),
  });
  if (session.data?.needs_owner)
    return (
      <Door title="Nobody owns this yet">
        <p className="text-soft">
          The program printed a link to create the owner when it started. Open that link; a restart prints a
          new one.
        </p>
      </Door>
    );
  if (factor || session.data?.second_factor_pending)
    return (
      <Door
        title="Second factor"
        about="Write the code that your authenticator app shows, or a recovery code."
      >
        <Form onSubmit={() => code.mutate()} action="Sign in" busy={code.isPending}>
          <Field
            label="Code"
            key="code"
            value={given.code}
            onChange={change('code')}
            autoComplete="one-time-code"
            autoFocus
          />
          <Refusal error={code.error} />
        </Form>
      </Door>
    );
  return (
    <Door title="Sign in">
      {problem && OUTSIDE[problem] && (
        <p role="alert" className="mb-4 rounded-lg bg-loss-soft p-3 text-[13px]">
          {OUTSIDE[problem]}
        </p>
      )}
      <Form onSubmit={() => password.mutate()} action="Sign in" busy={password.isPending}>
        <Field
          label="E-mail address"
          type="email"
          value={given.email}
          onChange={change('email')}
          autoComplete="username"
          autoFocus
        />
        <Field
          label="Password"
          type="password"
          value={given.password}
          onChange={change('password')}
          autoComplete="current-password"
        />
        <Refusal error={password.error} />
      </Form>
      {session.data?.oidc && (
        <p className="mt-4 border-t border-line pt-4">
          <a
            href={`/api/v1/session/oidc?next=${encodeURIComponent(to)}`}
            className="flex h-10 items-center justify-center rounded-lg border border-line text-[13px] font-medium hover:bg-sunken"
          >
            Sign in with {session.data.oidc}
          </a>
        </p>
      )}
    </Door>
  );
}

/** The pages behind links that work once: the first owner, an invitation, a new password. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/api/client';
import { Skeleton } from '@/components/ui';
import { enter, linkWord } from './access-queries';
import { Door, faultOf, Field, Form, Refusal } from './form';

const LONG = '12 characters or more; several words are easy to remember.';

/** What a form has been filled with, and how a field changes it. */
function useGiven<Given extends Record<string, string>>(first: Given) {
  const [given, setGiven] = useState(first);
  const bind = (name: keyof Given) => ({
    value: given[name],
    onChange: (event: { target: { value: string } }) =>
      setGiven((before) => ({ ...before, [name]: event.target.value })),
  });
  return [given, bind] as const;
}

/** After a link a second factor may still be asked for. */
const goOn = ({ state }: { state: string }) => enter(state === 'signed_in' ? '/' : '/sign-in');

export function OwnerPage() {
  const [given, bind] = useGiven({ email: '', name: '', password: '' });
  const create = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/owner', { body: { token: linkWord(), ...given } })),
    onSuccess: goOn,
  });
  return (
    <Door title="Create the owner" about="The owner may everything here, and invites everybody else.">
      <Form onSubmit={() => create.mutate()} action="Create and sign in" busy={create.isPending}>
        <Field
          label="E-mail address"
          type="email"
          autoComplete="username"
          autoFocus
          fault={faultOf(create.error, 'email')}
          {...bind('email')}
        />
        <Field
          label="Your name"
          autoComplete="name"
          fault={faultOf(create.error, 'name')}
          {...bind('name')}
        />
        <Field
          label="Password"
          type="password"
          autoComplete="new-password"
          hint={LONG}
          fault={faultOf(create.error, 'password')}
          {...bind('password')}
        />
        <Refusal error={create.error} fields={['email', 'name', 'password']} />
      </Form>
    </Door>
  );
}

export function InvitationPage() {
  const offer = useQuery({
    queryKey: ['invitation'],
    queryFn: () => unwrap(api.POST('/api/v1/invitations/open', { body: { token: linkWord() } })),
  });
  const [given, bind] = useGiven({ name: '', password: '' });
  const accept = useMutation({
    mutationFn: () =>
      unwrap(api.POST('/api/v1/invitations/accept', { body: { token: linkWord(), ...given } })),
    onSuccess: goOn,
  });
  if (offer.isError)
    return (
      <Door title="Invitation">
        <Refusal error={offer.error} />
      </Door>
    );
  if (!offer.data)
    return (
      <Door title="Invitation">
        <Skeleton className="h-24" />
      </Door>
    );
  const { email, organisation, role, has_account: known } = offer.data;
  return (
    <Door
      title="You are invited"
      about={
        <>
          to <span className="font-medium text-ink">{organisation}</span> as {role}, with the address{' '}
          <span className="font-medium text-ink">{email}</span>.
        </>
      }
    >
      <Form onSubmit={() => accept.mutate()} action="Accept and sign in" busy={accept.isPending}>
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        {!known && (
          <Field
            label="Your name"
            autoComplete="name"
            autoFocus
            fault={faultOf(accept.error, 'name')}
            {...bind('name')}
          />
        )}
        <Field
          label={known ? 'Password of your account' : 'Password'}
          type="password"
          autoComplete={known ? 'current-password' : 'new-password'}
          {...(known ? {} : { hint: LONG })}
          fault={faultOf(accept.error, 'password')}
          {...bind('password')}
        />
        <Refusal error={accept.error} fields={['name', 'password']} />
      </Form>
    </Door>
  );
}

export function PasswordPage() {
  const [given, bind] = useGiven({ password: '' });
  const set = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/password', { body: { token: linkWord(), ...given } })),
    onSuccess: goOn,
  });
  return (
    <Door title="Set a password" about="Every browser that you were signed in with is signed out.">
      <Form onSubmit={() => set.mutate()} action="Set and sign in" busy={set.isPending}>
        <Field
          label="New password"
          type="password"
          autoComplete="new-password"
          autoFocus
          hint={LONG}
          fault={faultOf(set.error, 'password')}
          {...bind('password')}
        />
        <Refusal error={set.error} fields={['password']} />
      </Form>
    </Door>
  );
}

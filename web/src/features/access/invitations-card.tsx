/** Who is invited, and the link that is given to the next one. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '@/api/client';
import { Badge, Button, Card } from '@/components/ui';
import { invitationsQuery, useChange, type Role } from './access-queries';
import { faultOf, Field, Form, Refusal } from './form';
import { Once, ReachChoice, RoleChoice, seen, type Reach } from './grants';

export function InvitationsCard({ organisation }: { organisation: string }) {
  const invitations = useQuery(invitationsQuery(organisation));
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [workspaces, setWorkspaces] = useState<Reach>(null);
  const invite = useChange(
    () =>
      unwrap(
        api.POST('/api/v1/invitations', {
          params: { query: { organisation } },
          body: { email, role, workspaces: role === 'owner' ? null : workspaces },
        }),
      ),
    ['invitations'],
  );
  const withdraw = useChange(
    async (id: string) => {
      await api.DELETE('/api/v1/invitations/{id}', { params: { path: { id }, query: { organisation } } });
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
              <span className="text-xs text-soft">
                {seen(one.workspaces)} · until {new Date(one.expires_at).toLocaleDateString()}
              </span>
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
        <Form
          action="Invite"
          busy={invite.isPending}
          onSubmit={() => invite.mutate(undefined, { onSuccess: () => setEmail('') })}
        >
          <Field
            label="E-mail address"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            fault={faultOf(invite.error, 'email')}
          />
          <RoleChoice label="Role" plain value={role} onChoose={setRole} />
          {role !== 'owner' && (
            <ReachChoice label="Workspaces to be seen" value={workspaces} onChoose={setWorkspaces} />
          )}
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

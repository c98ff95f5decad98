/** The form of one platform: its ways to connect, the fields of each, and what came of it. */
import { useEffect, useId, useRef, useState, type SubmitEvent } from 'react';
import { ApiProblem } from '@/api/client';
import { useBeginSignIn, useConnect, useStartSync } from '@/api/queries';
import type { ConnectWay, Provider } from '@/api/types';
import { WarningIcon } from '@/components/icons';
import { Button, cx } from '@/components/ui';
import { firstMissing, freeId, split, WAYS } from './form-model';
import { onSignedIn, openWindow } from './sign-in-window';

const INPUT =
  'h-10 w-full rounded-lg border border-line-strong bg-surface px-3 text-[13px] placeholder:text-soft aria-invalid:border-loss';

/** What a workspace is made with where the account does not say it. */
const OF_WORKSPACE: Record<string, { title: string; example: string }> = {
  currency: { title: 'Currency of your figures', example: 'EUR' },
  time_zone: { title: 'Time zone of your days', example: 'Europe/Berlin' },
};

type Further = Partial<Record<'base_url' | 'currency' | 'time_zone', string>>;

export function ConnectForm({
  provider,
  workspace,
  again,
  taken,
  onDone,
}: {
  provider: Provider;
  workspace: string;
  /** The connection that gets new credentials; a new one is made without it. */
  again: string | undefined;
  /** Ids of the connections that there are. */
  taken: readonly string[];
  /** The account is connected and its first sync begins. */
  onDone: () => void;
}) {
  const id = useId();
  const [way, setWay] = useState<ConnectWay | undefined>(
    provider.ways.find((one) => one.ready) ?? provider.ways[0],
  );
  const [values, setValues] = useState<Record<string, string>>({});
  const [fault, setFault] = useState<{ field: string | null; message: string; cure: string | null } | null>(
    null,
  );
  const [waiting, setWaiting] = useState(false);
  const popup = useRef<Window | null>(null);
  // A new workspace needs what some accounts do not say; it is asked for when the server misses it.
  const [asked, setAsked] = useState<string[]>([]);
  const connect = useConnect(workspace);
  const begin = useBeginSignIn(workspace);
  const sync = useStartSync(workspace);

  const { mutate: startSync } = sync;
  useEffect(() => {
    if (!waiting) return;
    return onSignedIn(workspace, ({ connection }) => {
      popup.current?.close();
      startSync(connection, { onSettled: onDone });
    });
  }, [waiting, workspace, startSync, onDone]);

  if (!way) return null;
  const busy = connect.isPending || begin.isPending;
  const refused = (error: Error) => {
    const problem = error instanceof ApiProblem ? error : null;
    const field = problem?.field ?? null;
    if (field && field in OF_WORKSPACE && !way.fields.some((one) => one.name === field))
      setAsked((before) => (before.includes(field) ? before : [...before, field]));
    setFault({ field, message: error.message, cure: problem?.cure ?? null });
  };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setFault(null);
    const missing = firstMissing(way, values);
    if (missing) {
      setFault({ field: missing, message: 'this has to be filled in', cure: null });
      document.getElementById(`${id}-${missing}`)?.focus();
      return;
    }
    const further = ['base_url', ...asked].map((name) => [name, (values[name] ?? '').trim()] as const);
    const request = {
      provider: provider.id,
      ...split(way, values),
      ...(Object.fromEntries(further.filter(([, value]) => value !== '')) as Further),
    };
    if (way.way === 'sign_in') {
      const opened = openWindow();
      popup.current = opened;
      begin.mutate(
        { id: again ?? freeId(provider.id, taken), request },
        {
          onSuccess: ({ authorize_url }) => {
            setWaiting(true);
            if (opened) opened.location.href = authorize_url;
            // Windows are blocked: the person comes back to the connections by the page behind the sign-in.
            else window.location.assign(authorize_url);
          },
          onError: (error) => {
            opened?.close();
            refused(error);
          },
        },
      );
      return;
    }
    connect.mutate(
      { ...request, mode: way.mode, ...(again === undefined ? {} : { connection: again }) },
      {
        onSuccess: ({ connection }) => startSync(connection, { onSettled: onDone }),
        onError: refused,
      },
    );
  };

  return (
    <form onSubmit={submit} noValidate className="space-y-5">
      {provider.ways.length > 1 && (
        <fieldset>
          <legend className="mb-2 text-[13px] font-medium">How</legend>
          <div className="grid gap-2">
            {provider.ways.map((one) => (
              <label
                key={one.way}
                className={cx(
                  'flex cursor-pointer gap-3 rounded-xl border p-3',
                  one.way === way.way ? 'border-brand bg-brand-soft' : 'border-line',
                )}
              >
                <input
                  type="radio"
                  name={`${id}-way`}
                  value={one.way}
                  checked={one.way === way.way}
                  onChange={() => {
                    setWay(one);
                    setFault(null);
                    setWaiting(false);
                  }}
                  className="mt-1 accent-brand"
                />
                <span>
                  <span className="block font-medium">{WAYS[one.way]?.label ?? one.way}</span>
                  <span className="block text-[13px] text-soft">{WAYS[one.way]?.text}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      )}

      {!way.ready && (
        <p className="rounded-lg bg-warn-soft p-3 text-[13px]">
          This server is not set up for it yet. Its operator has to set{' '}
          {way.missing.map((name, index) => (
            <span key={name}>
              {index > 0 && ', '}
              <code className="font-mono break-all">{name}</code>
            </span>
          ))}
          .
        </p>
      )}

      {way.fields.map((field) => {
        const wrong = fault?.field === field.name;
        return (
          <div key={field.name}>
            <label htmlFor={`${id}-${field.name}`} className="mb-1.5 block text-[13px] font-medium">
              {field.title}
              {!field.required && <span className="font-normal text-soft"> (optional)</span>}
            </label>
            <input
              id={`${id}-${field.name}`}
              name={field.name}
              type={field.secret ? 'password' : 'text'}
              autoComplete="off"
              spellCheck={false}
              required={field.required}
              aria-invalid={wrong}
              aria-describedby={wrong ? `${id}-fault` : undefined}
              placeholder={field.example ?? undefined}
              value={values[field.name] ?? ''}
              onChange={(event) => setValues({ ...values, [field.name]: event.target.value })}
              className={INPUT}
            />
          </div>
        );
      })}

      {asked.map((name) => (
        <div key={name}>
          <label htmlFor={`${id}-${name}`} className="mb-1.5 block text-[13px] font-medium">
            {OF_WORKSPACE[name]?.title}
          </label>
          <input
            id={`${id}-${name}`}
            name={name}
            autoComplete="off"
            placeholder={OF_WORKSPACE[name]?.example}
            value={values[name] ?? ''}
            onChange={(event) => setValues({ ...values, [name]: event.target.value })}
            className={INPUT}
          />
        </div>
      ))}

      <details className="text-[13px]">
        <summary className="w-fit rounded font-medium text-soft hover:text-ink">Another address</summary>
        <label htmlFor={`${id}-base_url`} className="mt-2 mb-1.5 block text-soft">
          For a proxy or an emulated platform; leave it empty for {provider.name} itself.
        </label>
        <input
          id={`${id}-base_url`}
          name="base_url"
          type="url"
          autoComplete="off"
          aria-invalid={fault?.field === 'base_url'}
          placeholder="http://127.0.0.1:9400/…"
          value={values['base_url'] ?? ''}
          onChange={(event) => setValues({ ...values, base_url: event.target.value })}
          className={INPUT}
        />
      </details>

      {fault && (
        <div role="alert" id={`${id}-fault`} className="flex gap-2.5 rounded-lg bg-loss-soft p-3 text-[13px]">
          <WarningIcon className="mt-0.5 shrink-0 text-loss" />
          <div className="min-w-0 break-words">
            <p className="font-medium">{fault.message.charAt(0).toUpperCase() + fault.message.slice(1)}.</p>
            {fault.cure && (
              <p className="mt-1">
                <span className="font-medium">What helps: </span>
                {fault.cure}.
              </p>
            )}
          </div>
        </div>
      )}
      {waiting && (
        <p role="status" className="rounded-lg bg-sunken p-3 text-[13px]">
          Waiting for you to grant access in the other window. If you closed it, sign in again.
        </p>
      )}

      <Button type="submit" look="primary" disabled={busy || !way.ready}>
        {busy ? 'Asking the platform' : way.way === 'sign_in' ? `Sign in to ${provider.name}` : 'Connect'}
      </Button>
    </form>
  );
}

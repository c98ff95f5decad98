/** The frame of the pages before the door, and the parts that their forms are made of. */
import { useId, type InputHTMLAttributes, type ReactNode, type SubmitEvent } from 'react';
import { ApiProblem } from '@/api/client';
import { WarningIcon } from '@/components/icons';
import { Button, Card } from '@/components/ui';
import { Brand } from '@/layout/navigation';

export const INPUT =
  'h-10 w-full rounded-lg border border-line-strong bg-surface px-3 text-[13px] placeholder:text-soft aria-invalid:border-loss';

export function Door({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  return (
    <main className="flex min-h-screen items-start justify-center bg-sunken px-4 pt-[12vh] pb-10">
      <title>{`${title} · Netgain`}</title>
      <div className="w-full max-w-sm">
        <Brand />
        <Card className="mt-5 p-6">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {about && <p className="mt-2 text-soft">{about}</p>}
          <div className="mt-5">{children}</div>
        </Card>
      </div>
    </main>
  );
}

export function Field({
  label,
  hint,
  fault,
  ...input
}: { label: string; hint?: string; fault?: string | undefined } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const told = fault ?? hint;
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-[13px] font-medium">
        {label}
      </label>
      <input
        id={id}
        className={INPUT}
        aria-invalid={fault !== undefined}
        aria-describedby={told ? `${id}-told` : undefined}
        required
        {...input}
      />
      {told && (
        <p id={`${id}-told`} className={`mt-1 text-xs ${fault ? 'text-loss' : 'text-soft'}`}>
          {told}
        </p>
      )}
    </div>
  );
}

/** What was refused, unless a field says it. */
export function Refusal({ error, fields = [] }: { error: Error | null; fields?: readonly string[] }) {
  if (!error) return null;
  const problem = error instanceof ApiProblem ? error : null;
  if (problem?.field && fields.includes(problem.field)) return null;
  return (
    <p role="alert" className="flex gap-2 rounded-lg bg-loss-soft p-3 text-[13px]">
      <WarningIcon className="mt-0.5 shrink-0 text-loss" />
      <span>
        {sentence(error.message)}{' '}
        {problem?.cure && <span className="text-soft">{sentence(problem.cure)}</span>}
      </span>
    </p>
  );
}

/** What is wrong with one field. */
export function faultOf(error: Error | null, field: string): string | undefined {
  return error instanceof ApiProblem && error.field === field ? sentence(error.message) : undefined;
}

/** The server's words are without a capital and a full stop, for they stand in other texts, too. */
const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

export function Form({
  onSubmit,
  action,
  busy,
  children,
}: {
  onSubmit: () => void;
  action: string;
  busy: boolean;
  children: ReactNode;
}) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={submit} className="space-y-4">
      {children}
      <Button type="submit" look="primary" className="h-10 w-full" disabled={busy}>
        {busy ? 'One moment…' : action}
      </Button>
    </form>
  );
}

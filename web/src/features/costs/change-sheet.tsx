/** Any change of the cost book: the form, its effect on past profit, and only then saving. */
import { useState, type ReactNode } from 'react';
import { useCostPreview, useRecordCosts } from '@/api/queries';
import type { CostChange, Workspace } from '@/api/types';
import { Sheet } from '@/components/sheet';
import { Button } from '@/components/ui';
import { ApiProblem } from '@/api/client';
import { Effect } from './effect';
import { Field } from './fields';

export function ChangeSheet({
  workspace,
  title,
  description,
  change,
  children,
  saveLabel = 'Save',
  onClose,
}: {
  workspace: Workspace;
  title: string;
  description: ReactNode;
  /** The rows as the form says them now. */
  change: Pick<CostChange, 'costs' | 'rules'>;
  children?: ReactNode;
  saveLabel?: string;
  onClose: () => void;
}) {
  const [note, setNote] = useState('');
  const preview = useCostPreview(workspace.id);
  const record = useRecordCosts(workspace.id);
  const said = JSON.stringify(change);
  // an effect belongs to what the form said when it was asked for
  const [asked, setAsked] = useState<string | null>(null);
  const current = asked === said && preview.isSuccess;
  const error = record.error ?? (asked === said ? preview.error : null);

  const look = () => {
    record.reset();
    setAsked(said);
    preview.mutate({ ...change, source: 'ui' });
  };
  const save = () => {
    const rows: CostChange = { ...change, source: 'ui', ...(note.trim() ? { note: note.trim() } : {}) };
    record.mutate(rows, { onSuccess: onClose });
  };

  return (
    <Sheet open onClose={onClose} title={title} description={description}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (current) save();
          else look();
        }}
      >
        {children}
        <Field
          label="Note"
          placeholder="Why, for the history"
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <div role="status" aria-live="polite">
          {current && <Effect effect={preview.data} />}
        </div>
        {error && (
          <p role="alert" className="rounded-lg bg-loss-soft p-3 text-[13px]">
            {sentence(error.message)}
            {error instanceof ApiProblem && error.cure ? ` ${sentence(error.cure)}` : ''}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button
            type="submit"
            look={current ? 'outline' : 'primary'}
            disabled={preview.isPending || record.isPending}
            {...(current
              ? {
                  onClick: (event) => {
                    event.preventDefault();
                    look();
                  },
                }
              : {})}
          >
            {preview.isPending ? 'Working it out' : current ? 'Work it out again' : 'Show the effect'}
          </Button>
          {current && (
            <Button look="primary" disabled={record.isPending} onClick={save}>
              {record.isPending ? 'Saving' : saveLabel}
            </Button>
          )}
          <Button look="ghost" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Sheet>
  );
}

function sentence(text: string): string {
  const whole = text.endsWith('.') ? text : `${text}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

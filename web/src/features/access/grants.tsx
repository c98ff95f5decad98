/** What people and keys are granted: a role, and which workspaces. */
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { workspacesQuery } from '@/api/queries';
import { CopyButton } from '@/components/copy-button';
import { ROLES, type Role } from './access-queries';
import { INPUT } from './form';

/** The workspaces that somebody sees; none for all of the organisation. */
export type Reach = string[] | null;

export function RoleChoice({
  value,
  onChoose,
  label,
  plain = false,
}: {
  value: string;
  onChoose: (role: Role) => void;
  label: string;
  /** Whether the label is shown above, as in a form. */
  plain?: boolean;
}) {
  const id = useId();
  return (
    <div className="max-w-full min-w-0 max-sm:w-full">
      {plain && (
        <label htmlFor={id} className="mb-1.5 block text-[13px] font-medium">
          {label}
        </label>
      )}
      <select
        id={id}
        {...(plain ? {} : { 'aria-label': label })}
        value={value}
        onChange={(event) => onChoose(event.target.value as Role)}
        className={plain ? INPUT : `${INPUT} h-9 px-2`}
      >
        {ROLES.map((role) => (
          <option key={role.value} value={role.value}>
            {role.label}: {role.detail}
          </option>
        ))}
      </select>
    </div>
  );
}

/** All workspaces, those that come later included, or some of them. */
export function ReachChoice({
  value,
  onChoose,
  label,
}: {
  value: Reach;
  onChoose: (reach: Reach) => void;
  label: string;
}) {
  const known = useQuery(workspacesQuery()).data?.workspaces ?? [];
  // one that is gone stays in the list for as long as it is granted
  const ids = [...new Set([...known.map((one) => one.id), ...(value ?? [])])];
  const toggle = (id: string, on: boolean) =>
    onChoose(on ? [...(value ?? []), id] : (value ?? []).filter((one) => one !== id));
  return (
    <fieldset>
      <legend className="mb-1.5 text-[13px] font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-2">
        <label className="flex items-center gap-1.5 text-[13px]">
          <input
            type="checkbox"
            checked={value === null}
            onChange={(event) => onChoose(event.target.checked ? null : [])}
          />
          all, later ones too
        </label>
        {value !== null &&
          ids.map((id) => (
            <label key={id} className="flex items-center gap-1.5 text-[13px]">
              <input
                type="checkbox"
                checked={value.includes(id)}
                onChange={(event) => toggle(id, event.target.checked)}
              />
              {known.find((one) => one.id === id)?.name ?? id}
            </label>
          ))}
      </div>
      {value?.length === 0 && <p className="mt-1.5 text-[13px] text-soft">Tick at least one.</p>}
    </fieldset>
  );
}

export function seen(reach: readonly string[] | null | undefined): string {
  if (!reach) return 'all workspaces';
  return reach.length === 0 ? 'no workspace' : reach.join(', ');
}

/** Something that is shown this once. */
export function Once({ about, text }: { about: string; text: string }) {
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

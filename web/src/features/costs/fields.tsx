/** The inputs of the cost forms. */
import { useId, type InputHTMLAttributes, type ReactNode } from 'react';
import { cx } from '@/components/ui';

const BOX =
  'h-9 w-full rounded-lg border border-line bg-surface px-3 text-[13px] text-ink placeholder:text-soft disabled:opacity-55';

export function Field({
  label,
  hint,
  ...rest
}: { label: string; hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium">
        {label}
      </label>
      <input id={id} className={BOX} {...(hint ? { 'aria-describedby': `${id}-hint` } : {})} {...rest} />
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}

export function Choice({
  label,
  value,
  onChange,
  choices,
  disabled,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  choices: readonly (readonly [value: string, label: string])[];
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium">
        {label}
      </label>
      <select
        id={id}
        className={cx(BOX, 'pr-8')}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
      >
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Tick({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="flex min-h-6 items-center gap-2 text-[13px]">
      <input
        type="checkbox"
        className="size-4 accent-(--color-brand)"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}

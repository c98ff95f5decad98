/** Records a unit cost, or takes one back. */
import { useState } from 'react';
import type { NewCost, UnitCost, Workspace } from '@/api/types';
import { ChangeSheet } from './change-sheet';
import { period, SCOPE_NAMES, SCOPES, type CostLine } from './costs-model';
import { Choice, Field, Tick } from './fields';

/** Leaves out what was left empty. */
function filled<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')) as T;
}

export function CostForm({
  workspace,
  today,
  currency,
  line,
  onClose,
}: {
  workspace: Workspace;
  today: string;
  currency: string;
  /** What gets a new cost; undefined for something that has none yet. */
  line: CostLine | undefined;
  onClose: () => void;
}) {
  const [scope, setScope] = useState(line?.scope ?? 'sku');
  const [scopeId, setScopeId] = useState(line?.scopeId ?? '');
  const [unitCost, setUnitCost] = useState(line?.current?.unit_cost ?? '');
  const [code, setCode] = useState(line?.current?.currency ?? currency);
  const [from, setFrom] = useState(today);
  const [ever, setEver] = useState(false);
  const [to, setTo] = useState('');
  const [country, setCountry] = useState(line?.country ?? '');
  const [quantity, setQuantity] = useState(String(line?.minQuantity ?? 1));
  const [guess, setGuess] = useState(false);
  const cost: NewCost = filled({
    scope,
    scope_id: scope === 'shop' ? '' : scopeId,
    unit_cost: unitCost,
    currency: code,
    valid_from: ever ? 'ever' : from,
    valid_to: to,
    country,
    min_quantity: Number.parseInt(quantity, 10) || 1,
    kind: guess ? 'estimate' : 'manual',
  });
  return (
    <ChangeSheet
      workspace={workspace}
      title={line ? `New cost of ${line.title}` : 'New unit cost'}
      description="Nothing is overwritten: what was known before stays in the history."
      change={{ costs: [cost] }}
      onClose={onClose}
    >
      {!line && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Choice
            label="Holds for"
            value={scope}
            onChange={setScope}
            choices={SCOPES.map((one) => [one, SCOPE_NAMES[one] ?? one] as const)}
          />
          {scope !== 'shop' && (
            <Field
              label={SCOPE_NAMES[scope] ?? scope}
              required
              value={scopeId}
              onChange={(event) => setScopeId(event.target.value)}
            />
          )}
        </div>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Cost of one unit, without tax"
          inputMode="decimal"
          required
          value={unitCost}
          onChange={(event) => setUnitCost(event.target.value)}
        />
        <Field
          label="Currency"
          required
          maxLength={3}
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <Field
          label="First day"
          type="date"
          required={!ever}
          disabled={ever}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          hint="Orders from this day on. A day in the past restates them."
        />
        <Field
          label="Last day"
          type="date"
          value={to}
          onChange={(event) => setTo(event.target.value)}
          hint="Empty: without end."
        />
      </div>
      <Tick label="Since ever, all past orders included" checked={ever} onChange={setEver} />
      <details>
        <summary className="w-fit rounded text-[13px] font-medium">Country, quantity, guess</summary>
        <div className="mt-3 grid gap-4 sm:grid-cols-2">
          <Field
            label="Only deliveries to"
            placeholder="GB"
            maxLength={2}
            disabled={line !== undefined}
            value={country}
            onChange={(event) => setCountry(event.target.value)}
          />
          <Field
            label="From so many units on a line"
            type="number"
            min={1}
            disabled={line !== undefined}
            value={quantity}
            onChange={(event) => setQuantity(event.target.value)}
          />
          <Tick label="It is a guess: any recorded cost beats it" checked={guess} onChange={setGuess} />
        </div>
      </details>
    </ChangeSheet>
  );
}

export function TakeBackCost({
  workspace,
  row,
  onClose,
}: {
  workspace: Workspace;
  row: UnitCost;
  onClose: () => void;
}) {
  return (
    <ChangeSheet
      workspace={workspace}
      title={`Take back ${row.unit_cost} ${row.currency}`}
      description={`${row.title ?? row.scope_id}, ${period(row.valid_from, row.valid_to)}. It stays in the history.`}
      change={{ costs: [{ replaces: row.id, withdrawn: true }] }}
      saveLabel="Take it back"
      onClose={onClose}
    />
  );
}

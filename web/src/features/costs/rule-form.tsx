/** Records a rule, in the place of another one or beside them, or takes one back. */
import { useState } from 'react';
import type { CostRule, RuleTerms, Workspace } from '@/api/types';
import { ChangeSheet } from './change-sheet';
import { period, RULE_NAMES, ruleAmount, ruleConditions } from './costs-model';
import { Choice, Field, Tick } from './fields';

type TextTerm =
  | 'channel'
  | 'gateway'
  | 'method'
  | 'min_grams'
  | 'below_grams'
  | 'fixed'
  | 'per_item'
  | 'per_kg'
  | 'percent'
  | 'amount'
  | 'category'
  | 'name'
  | 'campaign_id';

const LABELS: Record<TextTerm, string> = {
  channel: 'Sales channel',
  gateway: 'Payment provider',
  method: 'Way of paying',
  min_grams: 'From so many grams',
  below_grams: 'Below so many grams',
  fixed: 'Fixed amount',
  per_item: 'Per unit',
  per_kg: 'Per kilogram',
  percent: 'Percent',
  amount: 'Amount',
  category: 'What for',
  name: 'Name',
  campaign_id: 'Campaign',
};

/** The fields of each kind; the server refuses others. */
const FIELDS: Record<string, readonly TextTerm[]> = {
  shipping: ['fixed', 'per_item', 'per_kg', 'min_grams', 'below_grams', 'channel', 'name'],
  handling: ['fixed', 'per_item', 'per_kg', 'min_grams', 'below_grams', 'channel', 'name'],
  payment_fee: ['percent', 'fixed', 'gateway', 'method', 'channel', 'name'],
  marketplace_fee: ['percent', 'fixed', 'channel', 'name'],
  return_handling: ['fixed', 'per_item', 'channel', 'name'],
  operating: ['category', 'amount', 'name', 'channel', 'campaign_id'],
};

export const ORDER_RULES = [
  'shipping',
  'payment_fee',
  'handling',
  'marketplace_fee',
  'return_handling',
] as const;

export function RuleForm({
  workspace,
  today,
  operating,
  rule,
  onClose,
}: {
  workspace: Workspace;
  today: string;
  /** Whether it is an operating cost, which is of days and not of orders. */
  operating: boolean;
  /** The rule whose place it takes. */
  rule: CostRule | undefined;
  onClose: () => void;
}) {
  const [kind, setKind] = useState<string>(rule?.kind ?? (operating ? 'operating' : 'shipping'));
  const [texts, setTexts] = useState<Partial<Record<TextTerm, string>>>(() => {
    const known = Object.entries(rule?.terms ?? {}).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(known);
  });
  const [countries, setCountries] = useState(rule?.terms.countries?.join(', ') ?? '');
  const [every, setEvery] = useState(rule ? (rule.terms.every ?? '') : 'month');
  const [flag, setFlag] = useState(Boolean(rule?.terms.refundable ?? rule?.terms.marketing));
  const [from, setFrom] = useState(rule?.valid_from ?? today);
  const [ever, setEver] = useState(rule ? !rule.valid_from : false);
  const [to, setTo] = useState(rule?.valid_to ?? '');

  const fields = FIELDS[kind] ?? [];
  const said = fields.map((field) => [field, (texts[field] ?? '').trim()] as const);
  const terms: RuleTerms = Object.fromEntries(said.filter(([, value]) => value !== ''));
  const list = countries.split(/[\s,]+/).filter(Boolean);
  if (kind === 'operating') {
    if (every) terms.every = every;
    if (flag) terms.marketing = true;
  } else if (list.length > 0) {
    terms.countries = list;
  }
  if ((kind === 'payment_fee' || kind === 'marketplace_fee') && flag) terms.refundable = true;
  const row = {
    kind,
    valid_from: ever ? 'ever' : from,
    ...(to ? { valid_to: to } : {}),
    ...(rule ? { replaces: rule.id } : {}),
    terms,
  };
  const name = (RULE_NAMES[kind] ?? kind).toLowerCase();
  return (
    <ChangeSheet
      workspace={workspace}
      title={rule ? `Change the ${name}` : operating ? 'New operating cost' : 'New rule'}
      description="Nothing is overwritten: what was known before stays in the history."
      change={{ rules: [row] }}
      onClose={onClose}
    >
      {!operating && (
        <Choice
          label="What it reckons"
          value={kind}
          disabled={rule !== undefined}
          onChange={setKind}
          choices={ORDER_RULES.map((one) => [one, RULE_NAMES[one] ?? one] as const)}
        />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        {fields.map((field) => (
          <Field
            key={field}
            label={LABELS[field]}
            value={texts[field] ?? ''}
            required={field === 'category' || field === 'amount'}
            inputMode={/grams|fixed|per_|percent|amount/.test(field) ? 'decimal' : 'text'}
            onChange={(event) => setTexts({ ...texts, [field]: event.target.value })}
          />
        ))}
        {kind === 'operating' ? (
          <Choice
            label="How often"
            value={every}
            onChange={setEvery}
            choices={[
              ['month', 'Each month'],
              ['week', 'Each week'],
              ['day', 'Each day'],
              ['year', 'Each year'],
              ['', 'Once, over its days'],
            ]}
          />
        ) : (
          <Field
            label="Only deliveries to"
            placeholder="GB, IE"
            value={countries}
            onChange={(event) => setCountries(event.target.value)}
          />
        )}
        <Field
          label="First day"
          type="date"
          required={!ever}
          disabled={ever}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
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
      {(kind === 'payment_fee' || kind === 'marketplace_fee') && (
        <Tick label="A refund gives the fee back" checked={flag} onChange={setFlag} />
      )}
      {kind === 'operating' && <Tick label="Spent on marketing" checked={flag} onChange={setFlag} />}
    </ChangeSheet>
  );
}

export function TakeBackRule({
  workspace,
  rule,
  onClose,
}: {
  workspace: Workspace;
  rule: CostRule;
  onClose: () => void;
}) {
  const about = [ruleConditions(rule), period(rule.valid_from, rule.valid_to)].filter(Boolean).join(', ');
  return (
    <ChangeSheet
      workspace={workspace}
      title={`Take back: ${RULE_NAMES[rule.kind] ?? rule.kind}, ${ruleAmount(rule)}`}
      description={`${about}. It stays in the history.`}
      change={{ rules: [{ replaces: rule.id, withdrawn: true }] }}
      saveLabel="Take it back"
      onClose={onClose}
    />
  );
}

/** Rules of orders, or operating costs of days. */
import type { CostBook, CostRule } from '@/api/types';
import { Badge, Button, Card } from '@/components/ui';
import { count } from '@/lib/format';
import { holds, period, RULE_NAMES, ruleAmount, ruleConditions } from './costs-model';
import type { Open } from './costs-page';

export function Rules({
  book,
  operating,
  onOpen,
}: {
  book: CostBook;
  operating: boolean;
  onOpen: (open: Open) => void;
}) {
  const rules = book.rules.filter((rule) => (rule.kind === 'operating') === operating);
  const counting = rules.filter((rule) => rule.counts);
  const gone = rules.filter((rule) => !rule.counts);
  return (
    <Card id={operating ? 'operating-costs' : 'cost-rules'} className="scroll-mt-32">
      <header className="flex flex-wrap items-center gap-3 px-5 pt-4 pb-3">
        <div className="min-w-40 flex-1">
          <h2 className="text-[15px] font-semibold tracking-tight">
            {operating ? 'Operating costs' : 'Rules for orders'}
          </h2>
          <p className="mt-0.5 text-[13px] text-soft">
            {operating
              ? 'Rent, salaries, tools, influencers: spread over the days to the cent.'
              : 'Shipping, payment fees, pick and pack, marketplaces, returns. The rule that asks for most wins; actual fees take the place of rules.'}
          </p>
        </div>
        <Button look="primary" onClick={() => onOpen({ form: 'rule', operating })}>
          {operating ? 'Add an operating cost' : 'Add a rule'}
        </Button>
      </header>
      {counting.length === 0 ? (
        <p className="border-t border-line px-5 py-8 text-center text-soft">
          {operating ? 'No operating cost is recorded.' : 'No rule is recorded.'}
        </p>
      ) : (
        <ul className="border-t border-line">
          {counting.map((rule) => (
            <Rule key={rule.id} rule={rule} currency={book.currency} today={book.today} onOpen={onOpen} />
          ))}
        </ul>
      )}
      {gone.length > 0 && (
        <details className="border-t border-line px-5 py-3">
          <summary className="w-fit rounded text-[13px] text-soft">
            History: {count(gone.length)} {gone.length === 1 ? 'record' : 'records'}
          </summary>
          <ul className="mt-2 space-y-1 text-[13px] text-soft">
            {gone.map((rule) => (
              <li key={rule.id}>
                {RULE_NAMES[rule.kind]}: {ruleAmount(rule)}, {period(rule.valid_from, rule.valid_to)},{' '}
                {rule.withdrawn ? 'taken back' : 'recorded'} {rule.recorded_at.slice(0, 16).replace('T', ' ')}{' '}
                UTC
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

function Rule({
  rule,
  currency,
  today,
  onOpen,
}: {
  rule: CostRule;
  currency: string;
  today: string;
  onOpen: (open: Open) => void;
}) {
  const operating = rule.kind === 'operating';
  const name = rule.terms.name ?? RULE_NAMES[rule.kind] ?? rule.kind;
  return (
    <li
      data-rule={rule.id}
      className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-5 py-3 last:border-b-0"
    >
      <div className="min-w-48 flex-1">
        <p className="font-medium">{name}</p>
        <p className="text-[13px] text-soft">{ruleConditions(rule) || 'everything'}</p>
      </div>
      <p className="text-right">
        <span className="numeric">
          {ruleAmount(rule)} ({currency})
        </span>
        <span className="block text-[13px] text-soft">{period(rule.valid_from, rule.valid_to)}</span>
      </p>
      {!holds(rule, today) && <Badge>Not today</Badge>}
      <Button aria-label={`Change: ${name}`} onClick={() => onOpen({ form: 'rule', operating, rule })}>
        Change
      </Button>
      <Button
        look="ghost"
        aria-label={`Take back: ${name}`}
        onClick={() => onOpen({ form: 'back-rule', rule })}
      >
        Take back
      </Button>
    </li>
  );
}

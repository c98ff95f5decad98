/** The cost book: unit costs with their history, rules, and operating costs. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { costsQuery } from '@/api/queries';
import type { CostRule, UnitCost } from '@/api/types';
import { ProblemNote } from '@/components/problem';
import { Skeleton } from '@/components/ui';
import { useWorkspace } from '@/lib/view';
import { CostForm, TakeBackCost } from './cost-form';
import type { CostLine } from './costs-model';
import { RuleForm, TakeBackRule } from './rule-form';
import { Rules } from './rules';
import { UnitCosts } from './unit-costs';

/** Which form is open. */
export type Open =
  | { form: 'cost'; line?: CostLine }
  | { form: 'rule'; operating: boolean; rule?: CostRule }
  | { form: 'back'; cost: UnitCost }
  | { form: 'back-rule'; rule: CostRule };

export function CostsPage() {
  const workspace = useWorkspace();
  const book = useQuery(costsQuery(workspace.id));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <div className="mx-auto max-w-[100rem] space-y-6 px-3 py-6 sm:px-6">
      <header>
        <h1 className="text-xl font-semibold tracking-tight">Costs</h1>
        <p className="mt-1 max-w-prose text-soft">
          What goods, orders and days cost. Each cost has its first day, and what was known before is kept: a
          change shows what it does to past profit before it is saved.
        </p>
      </header>
      {book.isError ? (
        <ProblemNote error={book.error} what="the cost book" onRetry={() => void book.refetch()} />
      ) : book.isPending ? (
        <Skeleton className="h-96 rounded-xl" />
      ) : (
        <>
          <UnitCosts book={book.data} onOpen={setOpen} />
          <Rules book={book.data} operating={false} onOpen={setOpen} />
          <Rules book={book.data} operating onOpen={setOpen} />
          {open?.form === 'cost' && (
            <CostForm
              workspace={workspace}
              today={book.data.today}
              currency={book.data.currency}
              line={open.line}
              onClose={close}
            />
          )}
          {open?.form === 'rule' && (
            <RuleForm
              workspace={workspace}
              today={book.data.today}
              operating={open.operating}
              rule={open.rule}
              onClose={close}
            />
          )}
          {open?.form === 'back' && <TakeBackCost workspace={workspace} row={open.cost} onClose={close} />}
          {open?.form === 'back-rule' && (
            <TakeBackRule workspace={workspace} rule={open.rule} onClose={close} />
          )}
        </>
      )}
    </div>
  );
}

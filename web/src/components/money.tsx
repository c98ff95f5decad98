/** Amounts, rounded only where that helps, with the exact value on hover. */
import { money, toneOf, type MoneyOptions } from '@/lib/format';
import { cx } from './ui';

export function Money({
  value,
  currency,
  digits = 'exact',
  signed,
  tone = true,
  className,
}: {
  value: string;
  currency: string;
  /** Colours losses. */
  tone?: boolean;
  className?: string;
} & Pick<MoneyOptions, 'digits' | 'signed'>) {
  return (
    <span
      className={cx('numeric whitespace-nowrap', tone && toneOf(value), className)}
      title={`${value} ${currency}`}
    >
      {money(value, currency, { digits, signed: signed ?? false })}
    </span>
  );
}

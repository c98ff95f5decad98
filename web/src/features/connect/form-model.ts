/** What the connect dialog sends, worked out from what a platform asks for. */
import type { ConnectWay } from '@/api/types';

/** What people read for each way to connect. */
export const WAYS: Record<string, { label: string; text: string }> = {
  key: { label: 'With your own key', text: 'A key that you made on the platform. It is stored sealed.' },
  sign_in: { label: 'Sign in', text: 'You grant access on the platform, in a window of its own.' },
  central: {
    label: 'Through this server',
    text: 'The operator of this server holds the key; you name your account.',
  },
};

export interface Given {
  fields: Record<string, string>;
  secrets: Record<string, string>;
}

/** Splits what was typed into open fields and secrets; what is empty is left out. */
export function split(way: ConnectWay, values: Record<string, string>): Given {
  const given: Given = { fields: {}, secrets: {} };
  for (const field of way.fields) {
    const value = (values[field.name] ?? '').trim();
    if (value !== '') given[field.secret ? 'secrets' : 'fields'][field.name] = value;
  }
  return given;
}

/** The first field that has to be filled in and is not. */
export function firstMissing(way: ConnectWay, values: Record<string, string>): string | undefined {
  return way.fields.find((field) => field.required && (values[field.name] ?? '').trim() === '')?.name;
}

/** An id for a further connection: the platform's, or that with a number. */
export function freeId(provider: string, taken: readonly string[]): string {
  const stem = provider.replaceAll('_', '-');
  if (!taken.includes(stem)) return stem;
  let number = 2;
  while (taken.includes(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

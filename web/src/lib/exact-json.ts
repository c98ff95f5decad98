/**
 * Reads JSON so that numbers which a float cannot hold keep the digits the platform sent. A payload shown
 * as evidence must not differ from what arrived.
 */

/** A number whose text would change on its way through a float (`19.990`, `12345678901234567.89`). */
export class ExactNumber {
  constructor(readonly text: string) {}
  toJSON(): string {
    return this.text;
  }
}

interface ReviverContext {
  source?: string;
}
type SourceReviver = (this: unknown, key: string, value: unknown, context?: ReviverContext) => unknown;

/** Parses; browsers without source access in revivers fall back to plain numbers. */
export function parseExact(text: string): unknown {
  const revive: SourceReviver = (_key, value, context) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? new ExactNumber(context.source)
      : value;
  return JSON.parse(text, revive);
}

/** Pretty-prints what `parseExact` read, digits unchanged. */
export function printExact(value: unknown, indent = ''): string {
  const inner = `${indent}  `;
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + printExact(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${printExact(item, inner)}`);
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}

/** The client's types are those of the server's own description: a change there fails here until `npm run api`. */
import { readFileSync } from 'node:fs';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';

const description = new URL('../../../openapi.json', import.meta.url);
const schema = new URL('./schema.d.ts', import.meta.url);

describe('the HTTP contract', () => {
  it('is the one the types were generated from', async () => {
    const generated = astToString(await openapiTypescript(description));
    const options = { ...(await resolveConfig(schema.pathname)), parser: 'typescript' };
    const committed = readFileSync(schema, 'utf8').replace(/^\/\*\*[\s\S]*?\*\/\n+/, '');
    expect(await format(committed, options)).toBe(await format(generated, options));
  });
});

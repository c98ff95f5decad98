/** The typed HTTP client, and the one error that pages have to know. */
import createClient from 'openapi-fetch';
import { parseExact } from '@/lib/exact-json';
import type { paths } from './schema';

/** What went wrong, in the words of RFC 9457, with a stable code and a cure. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly cure: string | null,
    /** The field of the request that is at fault. */
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

export const api = createClient<paths>({ baseUrl: window.location.origin });

/** Pages that one reaches without being signed in. */
const DOORS = ['/sign-in', '/owner', '/invitation', '/password'];

api.use({
  onRequest({ request }) {
    // pages of other sites cannot send this, so the server takes no change without it
    if (request.method !== 'GET') request.headers.set('x-netgain-request', '1');
    return request;
  },
  async onResponse({ response }) {
    const { pathname, search } = window.location;
    if (response.status !== 401 || DOORS.includes(pathname)) return;
    const { code } = (await response.clone().json()) as { code?: string };
    if (code === 'signed_out')
      window.location.replace(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
  },
});

interface Answer<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer, or an `ApiProblem` that says what to do. */
export async function unwrap<Body>(call: Promise<Answer<Body>>): Promise<Body> {
  let answer: Answer<Body>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiProblem(
      0,
      'unreachable',
      'netgain does not answer',
      'check that the program is running and that this computer can reach it, then try again',
    );
  }
  const { data, error, response } = answer;
  if (response.ok && data !== undefined) return data;
  throw toProblem(response.status, error);
}

function toProblem(status: number, body: unknown): ApiProblem {
  const problem = (body !== null && typeof body === 'object' ? body : {}) as Record<string, unknown>;
  const text = (key: string) =>
    typeof problem[key] === 'string' && problem[key] !== '' ? problem[key] : null;
  return new ApiProblem(
    status,
    text('code') ?? `http_${status}`,
    text('detail') ?? text('title') ?? `the server answered with status ${status}`,
    text('cure') ?? (status >= 500 ? 'try again; if it stays, the log of the server says why' : null),
    text('field'),
  );
}

/** Reads a JSON body without rounding its numbers; for payloads that are shown as evidence. */
export async function readExact<Body>(call: Promise<Answer<string>>): Promise<Body> {
  return parseExact(await unwrap(call)) as Body;
}

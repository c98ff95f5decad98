/** Connecting from the pages: with a key, and by signing in at the platform in a window of its own. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE_URL, getJson, launch, openPage, UNAVAILABLE } from './browser';

/** The emulated platforms of the running demo. */
const WORLD = process.env.NETGAIN_WORLD?.replace(/\/$/, '');
/** A workspace of its own, so that the demo's figures stay; its name sorts behind the demo's. */
const WORKSPACE = 'try-connecting';

interface Platform {
  base_url: string;
  fields: Record<string, string>;
  secrets: Record<string, string>;
  oauth: Record<string, string>;
}

interface Connections {
  connections: { id: string; provider: string; state: string; rows: number }[];
}

async function platform(id: string): Promise<Platform> {
  const response = await fetch(`${WORLD}/control/ready`);
  const { platforms } = (await response.json()) as { platforms: Record<string, Platform> };
  const found = platforms[id];
  if (!found) throw new Error(`the emulated world has no ${id}`);
  return found;
}

const connections = async () =>
  (await getJson<Connections>(`/api/v1/workspaces/${WORKSPACE}/connections`)).connections;

/** Waits until a connection is read, and gives its rows. */
async function rowsOf(id: string): Promise<number> {
  const one = async () => (await connections()).find((connection) => connection.id === id);
  await expect.poll(async () => (await one())?.state, { timeout: 150_000 }).toBe('ok');
  return (await one())?.rows ?? 0;
}

/** Makes the workspace by connecting something small, as a script would. */
async function makeWorkspace(): Promise<void> {
  const { base_url, secrets } = await platform('postscript');
  const response = await fetch(`${BASE_URL}/api/v1/workspaces/${WORKSPACE}/connections`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      provider: 'postscript',
      base_url,
      secrets: { api_key: secrets['api_key'] },
      currency: 'GBP',
      time_zone: 'Europe/London',
    }),
  });
  if (!response.ok) throw new Error(await response.text());
}

async function choose(page: Page, name: string): Promise<void> {
  await page.goto(`/w/${WORKSPACE}/dashboard`);
  await page.getByRole('button', { name: 'Connect a platform' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click();
  await page
    .getByRole('dialog')
    .getByRole('heading', { name: `Connect ${name}` })
    .waitFor();
}

async function useAddress(page: Page, address: string): Promise<void> {
  await page.getByText('Another address').click();
  await page.locator('input[name="base_url"]').fill(address);
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.NETGAIN_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

// A first sync of two years beside other work takes its time.
describe.skipIf(UNAVAILABLE ?? !WORLD)('connecting', { timeout: 240_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    await makeWorkspace();
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('takes a key that the platform takes, and reads with it', async () => {
    const stripe = await platform('stripe');
    const { page, faults, close } = await openPage(browser);
    await choose(page, 'Stripe');
    const dialog = page.getByRole('dialog');
    const key = page.locator('input[name="api_key"]');
    expect(await key.getAttribute('type')).toBe('password');
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
    await dialog.getByRole('alert').getByText('This has to be filled in.').waitFor();
    expect(await key.getAttribute('aria-invalid')).toBe('true');

    await useAddress(page, stripe.base_url);
    await key.fill('rk_test_wrong1wrong1');
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
    await dialog.getByRole('alert').getByText('correct `api_key`').waitFor();
    expect(await key.getAttribute('aria-invalid')).toBe('true');
    await picture(page, 'connect-refused');

    await key.fill(stripe.secrets['api_key'] ?? '');
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Stripe' }).waitFor();
    expect(await rowsOf('stripe')).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await close();
  });

  it('signs in at a platform in a window that closes by itself', async () => {
    const hubspot = await platform('hubspot');
    const { page, faults, close } = await openPage(browser);
    await choose(page, 'HubSpot');
    await page.getByRole('radio', { name: /^Sign in/ }).check();
    for (const [name, value] of Object.entries({ ...hubspot.fields, ...hubspot.oauth })) {
      const input = page.locator(`input[name="${name}"]`);
      if ((await input.count()) > 0) await input.fill(value);
    }
    await useAddress(page, hubspot.base_url);
    await picture(page, 'connect-sign-in');
    const opened = page.waitForEvent('popup');
    await page.getByRole('button', { name: 'Sign in to HubSpot' }).click();
    const popup = await opened;
    if (!popup.isClosed()) await popup.waitForEvent('close');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'HubSpot' }).waitFor();
    expect(await rowsOf('hubspot')).toBeGreaterThan(0);
    await picture(page, 'connected');

    // the same account once more is no second connection
    const before = (await connections()).length;
    await choose(page, 'Stripe');
    const stripe = await platform('stripe');
    await useAddress(page, stripe.base_url);
    await page.locator('input[name="api_key"]').fill(stripe.secrets['api_key'] ?? '');
    await page.getByRole('dialog').getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await connections()).toHaveLength(before);
    expect(faults).toEqual([]);
    await close();
  });

  it('says what the operator has to set before a way can be used', async () => {
    const { page, faults, close } = await openPage(browser);
    await choose(page, 'Triple Whale');
    await page.getByRole('radio', { name: /^Through this server/ }).check();
    await page.getByText('NETGAIN_CENTRAL_TRIPLEWHALE_API_KEY').waitFor();
    expect(await page.getByRole('button', { name: 'Connect', exact: true }).isDisabled()).toBe(true);
    expect(faults).toEqual([]);
    await close();
  });
});

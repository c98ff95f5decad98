/** People: the first owner, signing in and out, a second factor, invitations, roles, keys, sessions, and the audit of it all. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage, UNAVAILABLE } from './browser';

const BINARY = process.env.NETGAIN_BIN ?? '';
const WORLD = process.env.NETGAIN_WORLD ?? '';
const MISSING =
  UNAVAILABLE ??
  (BINARY === '' || WORLD === ''
    ? 'set NETGAIN_BIN to the program and NETGAIN_WORLD to a running sandbox'
    : undefined);
if (MISSING) console.warn(`tests of people are skipped: ${MISSING}`);

const WORKSPACE = 'shop';
const OWNER = { email: 'olivia@shop.example', name: 'Olivia Owner', password: 'seven green bottles' };
const VIEWER = { email: 'victor@shop.example', name: 'Victor Viewer', password: 'nine white horses run' };

/** The server of these tests: unlike the demo, nobody comes in who is not known. */
interface Server {
  address: string;
  ownerLink: string;
  stop: () => Promise<void>;
}

interface Ready {
  world: { currency: string; time_zone: string };
  platforms: Record<
    string,
    { base_url: string; fields: Record<string, string>; secrets: Record<string, string> }
  >;
}

async function serve(home: string): Promise<Server> {
  const env = { ...process.env, NETGAIN_HOME: home };
  const ready = (await (await fetch(`${WORLD}/control/ready`)).json()) as Ready;
  const shop = ready.platforms['shopify'];
  if (!shop) throw new Error('the sandbox has no shop');
  const named = (flag: string, values: Record<string, string>) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const { currency, time_zone } = ready.world;
  const where = ['--base-url', shop.base_url, '--currency', currency, '--time-zone', time_zone];
  execFileSync(
    BINARY,
    [
      ...['connect', 'shopify', '--workspace', WORKSPACE, ...where],
      ...named('--field', shop.fields),
      ...named('--secret', shop.secrets),
    ],
    { env, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const child: ChildProcess = spawn(BINARY, ['serve', '--port', '0', '--no-schedule'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  for (let waited = 0; waited < 300 && !/\/owner#\S+\n/.test(said); waited += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const found = /(http:\/\/[\d.]+:\d+)(\/owner#\S+)/.exec(said);
  if (!found?.[1] || !found[2]) throw new Error(said);
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
  return { address: found[1], ownerLink: found[2], stop };
}

/** The code of an authenticator app: RFC 6238 with its usual 30 seconds, SHA-1 and six digits. */
function codeOf(secret: string, time: number): string {
  const bits = Array.from(secret.replaceAll(/[\s=]/g, '').toUpperCase(), (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('');
  const bytes = bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? [];
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)));
  const hash = createHmac('sha1', Buffer.from(bytes)).update(step).digest();
  const at = (hash[hash.length - 1] ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

describe.skipIf(MISSING)('people', () => {
  let browser: Browser;
  let server: Server;
  const home = mkdtempSync(join(tmpdir(), 'netgain-people-'));
  beforeAll(async () => {
    browser = await launch();
    server = await serve(home);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const open = (options: BrowserContextOptions = {}) =>
    openPage(browser, { baseURL: server.address, ...options });

  /** Pictures for whoever looks at the pages: only where a folder for them is named. */
  async function picture(page: Page, name: string) {
    const folder = process.env.NETGAIN_PICTURES;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    for (const [width, height] of [
      [1280, 900],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true });
    }
    await page.setViewportSize({ width: 1400, height: 1000 });
  }

  /** Nothing may stick out of a phone's screen. */
  async function fitsPhone(page: Page) {
    await page.setViewportSize({ width: 390, height: 844 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await page.setViewportSize({ width: 1400, height: 1000 });
    expect(over).toBeLessThanOrEqual(0);
  }

  async function signIn(page: Page, { email, password }: { email: string; password: string }) {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** What went wrong inside of a page; that nobody was signed in before the door is no fault. */
  const real = (faults: string[]) => faults.filter((fault) => !fault.includes('nobody is signed in'));

  const card = (page: Page, title: string | RegExp) =>
    page.locator('h2').filter({ hasText: title }).locator('xpath=ancestor::*[.//form or .//ul][1]');

  let secret = '';
  let spent = 0;
  /** A code that was not used yet: each counts once. */
  async function freshCode(page: Page): Promise<string> {
    const step = () => Math.floor(Date.now() / 30_000);
    while (step() <= spent) await page.waitForTimeout(500);
    spent = step();
    return codeOf(secret, Date.now());
  }

  it('the link of the first start makes an owner, once', async () => {
    const { page, faults, close } = await open();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Nobody owns this yet' }).waitFor();
    await picture(page, 'no-owner');
    await page.goto(server.ownerLink);
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByLabel('Your name').fill(OWNER.name);
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await page.locator('[aria-invalid="true"]').waitFor();
    await picture(page, 'owner');
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await page.getByRole('link', { name: `Account of ${OWNER.name}` }).waitFor();
    expect(real(faults)).toEqual([]);
    await close();

    const again = await open();
    await again.page.goto(server.ownerLink);
    await again.page.getByLabel('E-mail address').fill('eve@shop.example');
    await again.page.getByLabel('Your name').fill('Eve');
    await again.page.getByLabel('Password').fill('twelve or more letters');
    await again.page.getByRole('button', { name: 'Create and sign in' }).click();
    await again.page.getByRole('alert').waitFor();
    await again.close();
  });

  it('a wrong password opens nothing, the right one what was asked for', async () => {
    const { page, faults, close } = await open();
    await page.goto(`/w/${WORKSPACE}/costs`);
    await page.waitForURL(/\/sign-in/);
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByLabel('Password').fill('seven green bottlez');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await picture(page, 'sign-in');
    await fitsPhone(page);
    expect((await page.request.get('/api/v1/workspaces')).status()).toBe(401);
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(new RegExp(`/w/${WORKSPACE}/costs`));
    expect(real(faults)).toEqual([]);
    await close();
  });

  it('a second factor is set up and asked for from then on', async () => {
    const { page, faults, close } = await open();
    await signIn(page, OWNER);
    await page.getByRole('link', { name: `Account of ${OWNER.name}` }).click();
    const factor = card(page, 'Second factor');
    await factor.getByLabel('Your password').fill(OWNER.password);
    await factor.getByRole('button', { name: 'Set it up' }).click();
    await factor.getByRole('img', { name: /QR code/ }).waitFor();
    await picture(page, 'factor');
    secret = (await factor.locator('code').textContent()) ?? '';
    await factor.getByLabel('Code that the app shows').fill('000000');
    await factor.getByRole('button', { name: 'Turn it on' }).click();
    await factor.locator('[aria-invalid="true"], [role="alert"]').first().waitFor();
    await factor.getByLabel('Code that the app shows').fill(await freshCode(page));
    await factor.getByRole('button', { name: 'Turn it on' }).click();
    await factor.getByText('They are not shown again').waitFor();
    expect(await factor.locator('li').count()).toBeGreaterThanOrEqual(8);
    await picture(page, 'account');
    await fitsPhone(page);
    await close();

    const next = await open();
    await signIn(next.page, OWNER);
    await next.page.getByRole('heading', { name: 'Second factor' }).waitFor();
    await picture(next.page, 'second-factor');
    expect((await next.page.request.get('/api/v1/workspaces')).status()).toBe(401);
    await next.page.getByLabel('Code').fill('000000');
    await next.page.getByRole('button', { name: 'Sign in' }).click();
    await next.page.getByRole('alert').waitFor();
    await next.page.getByLabel('Code').fill(await freshCode(next.page));
    await next.page.getByRole('button', { name: 'Sign in' }).click();
    await next.page.getByRole('link', { name: `Account of ${OWNER.name}` }).waitFor();
    expect(real([...faults, ...next.faults])).toEqual([]);
    await next.close();
  }, 120_000);

  /** A page of the owner, signed in with both factors. */
  async function asOwner() {
    const opened = await open();
    await signIn(opened.page, OWNER);
    await opened.page.getByLabel('Code').fill(await freshCode(opened.page));
    await opened.page.getByRole('button', { name: 'Sign in' }).click();
    await opened.page.getByRole('link', { name: `Account of ${OWNER.name}` }).waitFor();
    return opened;
  }

  it('a viewer is invited, sees figures and changes nothing', async () => {
    const { page, faults, close } = await asOwner();
    await page.goto('/people');
    const invitations = card(page, 'Invitations');
    await invitations.getByLabel('E-mail address').fill(VIEWER.email);
    await invitations.getByLabel('Role').selectOption('viewer');
    await invitations.getByRole('button', { name: 'Invite' }).click();
    const link = await invitations
      .getByText(/\/invitation#/)
      .first()
      .textContent();
    await picture(page, 'people');
    await fitsPhone(page);

    const guest = await open();
    await guest.page.goto(/\/invitation#\S+/.exec(link ?? '')?.[0] ?? '/');
    await guest.page.getByRole('heading', { name: 'You are invited' }).waitFor();
    await picture(guest.page, 'invitation');
    await guest.page.getByLabel('Your name').fill(VIEWER.name);
    await guest.page.getByLabel('Password').fill(VIEWER.password);
    await guest.page.getByRole('button', { name: 'Accept and sign in' }).click();
    await guest.page.getByRole('link', { name: `Account of ${VIEWER.name}` }).waitFor();
    const connection = `/api/v1/workspaces/${WORKSPACE}/connections/shopify`;
    expect((await guest.page.request.get(`${connection}/schedule`)).status()).toBe(200);
    // asked by the page itself, as its buttons do
    const changed = await guest.page.evaluate(
      async (path) => (await fetch(path, { method: 'POST', body: '{}' })).status,
      `${connection}/sync`,
    );
    expect(changed).toBe(403);
    await guest.page.goto('/people');
    await guest.page.getByRole('alert').first().waitFor();
    expect(await guest.page.getByRole('button', { name: 'Invite' }).count()).toBe(0);
    await picture(guest.page, 'people-refused');

    await page.reload();
    await page.getByText(`Workspaces of ${VIEWER.name}`).waitFor();
    expect(await page.getByLabel(`Role of ${VIEWER.email}`).inputValue()).toBe('viewer');

    // restricted to the shop
    const seen = async () => {
      const answer = await guest.page.request.get('/api/v1/workspaces');
      return ((await answer.json()) as { workspaces: { id: string }[] }).workspaces.map((one) => one.id);
    };
    expect(await seen()).toEqual([WORKSPACE]);
    const restrict = page.locator('details').filter({ hasText: `Workspaces of ${VIEWER.name}` });
    await restrict.locator('summary').click();
    await restrict.getByLabel('all, later ones too').uncheck();
    await picture(page, 'people-restricted');
    await fitsPhone(page);
    await restrict.getByLabel(WORKSPACE).check();
    await restrict.getByRole('button', { name: 'Keep' }).click();
    await page.getByText(`${VIEWER.email} · ${WORKSPACE}`).waitFor();
    expect(await seen()).toEqual([WORKSPACE]);
    expect(real([...faults, ...guest.faults])).toEqual([]);
    await guest.close();
    await close();
  }, 120_000);

  it('a key is shown once, opens what it may, and nothing once it is revoked', async () => {
    const { page, faults, close } = await asOwner();
    await page.goto('/people');
    const keys = card(page, 'Keys');
    await keys.getByLabel('What it is for').fill('the till');
    await keys.getByRole('button', { name: 'Make a key' }).click();
    const shown = keys.getByText(/^ngk_[^\s…]{20,}$/).first();
    const key = (await shown.textContent()) ?? '';
    await picture(page, 'keys');
    const asked = () =>
      fetch(`${server.address}/api/v1/workspaces`, { headers: { Authorization: `Bearer ${key}` } });
    expect((await asked()).status).toBe(200);
    await page.reload();
    await keys.getByText('the till').waitFor();
    expect(await page.getByText(key).count()).toBe(0);
    await keys.getByRole('button', { name: 'Revoke the key the till' }).click();
    await expect.poll(async () => (await asked()).status).toBe(401);
    expect(real(faults)).toEqual([]);
    await close();
  }, 120_000);

  it('a session elsewhere is ended, and one signs out', async () => {
    const here = await open();
    await signIn(here.page, VIEWER);
    await here.page.getByRole('link', { name: `Account of ${VIEWER.name}` }).click();
    const elsewhere = await open();
    await signIn(elsewhere.page, VIEWER);
    await elsewhere.page.getByRole('link', { name: `Account of ${VIEWER.name}` }).waitFor();
    await here.page.reload();
    const sessions = card(here.page, 'Signed in with');
    await sessions.getByRole('button', { name: 'Sign out all others' }).click();
    await expect
      .poll(async () => (await elsewhere.page.request.get('/api/v1/workspaces')).status())
      .toBe(401);
    await elsewhere.page.goto('/');
    await elsewhere.page.waitForURL(/\/sign-in/);

    await here.page
      .locator('div')
      .filter({ hasText: `Signed in as ${VIEWER.email}` })
      .getByRole('button', { name: 'Sign out', exact: true })
      .last()
      .click();
    await here.page.waitForURL(/\/sign-in/);
    expect((await here.page.request.get('/api/v1/workspaces')).status()).toBe(401);
    expect(real(here.faults)).toEqual([]);
    await here.close();
    await elsewhere.close();
  });

  it('the audit tells who did what, and is searched', async () => {
    const { page, faults, close } = await asOwner();
    await page.goto(`/w/${WORKSPACE}/audit`);
    await page.locator('tr[data-audit]').first().waitFor();
    const all = await page.locator('tr[data-audit]').count();
    await picture(page, 'audit');
    await fitsPhone(page);
    await page.getByRole('button', { name: 'Check that it is whole' }).click();
    await page.getByText(/All \d+ entries are as they were written/).waitFor();
    await page.getByLabel('Search the audit').fill('nobody-of-that-name');
    await page.getByText('Nothing fits this search').waitFor();
    await page.getByLabel('Search the audit').fill('shopify');
    await page.locator('tr[data-audit]').first().waitFor();
    const found = await page.locator('tr[data-audit]').allTextContents();
    expect(found.length).toBeLessThanOrEqual(all);
    for (const row of found) expect(row.toLowerCase()).toContain('shopify');
    expect(real(faults)).toEqual([]);
    await close();
  }, 120_000);
});

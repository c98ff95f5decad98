/** States that a healthy demo never shows: answers are bent on their way to the page. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  firstWorkspace,
  gotoDashboard,
  launch,
  openPage,
  showConnections,
  showOrders,
  UNAVAILABLE,
} from './browser';

type Bend = (body: Record<string, unknown>) => unknown;

/** Lets the real server answer and changes the body. */
async function bend(page: Page, pattern: RegExp, change: Bend): Promise<void> {
  await page.route(pattern, async (route) => {
    const response = await route.fetch();
    const body = (await response.json()) as Record<string, unknown>;
    await route.fulfill({ response, json: change(body) });
  });
}

const WORKSPACES = /\/api\/v1\/workspaces$/;
const PROFIT = /\/profit\?/;
const CONNECTIONS = /\/connections$/;

describe.skipIf(UNAVAILABLE)('states', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('welcomes somebody without any workspace', async () => {
    const { page, faults, close } = await openPage(browser);
    await bend(page, WORKSPACES, () => ({ workspaces: [] }));
    await page.goto('/');
    await page.getByRole('heading', { name: 'See what your business really earns' }).waitFor();
    for (const command of [
      'netgain connect shopify --workspace main',
      'netgain import csv ORDERS.csv --suggest',
    ])
      expect(await page.getByText(command).isVisible()).toBe(true);
    expect(faults).toEqual([]);
    await close();
  });

  it('tells a workspace without data how to get some', async () => {
    const { page, close } = await openPage(browser);
    await bend(page, WORKSPACES, ({ workspaces }) => ({
      workspaces: (workspaces as object[]).map((one) => ({ ...one, first_day: null, last_day: null })),
    }));
    await bend(page, CONNECTIONS, () => ({ connections: [] }));
    await page.goto('/');
    await page.getByRole('heading', { name: /has no data yet/ }).waitFor();
    const { id } = await firstWorkspace();
    for (const command of [
      `netgain sync --workspace ${id}`,
      `netgain import csv ORDERS.csv --workspace ${id} --mapping mapping.yaml`,
    ])
      expect(await page.getByText(command, { exact: true }).isVisible()).toBe(true);
    await close();
  });

  it('shows skeletons while it waits', async () => {
    const { page, close } = await openPage(browser);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(PROFIT, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto('/');
    await page.getByText('Loading the figures').waitFor({ state: 'attached' });
    expect(await page.locator('[data-figure]').count()).toBe(0);
    release();
    await page.locator('[data-figure="net_profit"] [data-value]').waitFor();
    await close();
  });

  it('says what broke and what helps, and recovers on request', async () => {
    const { page, close } = await openPage(browser);
    let broken = true;
    await page.route(PROFIT, async (route) => {
      if (!broken) return route.continue();
      return route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: '/docs/errors/warehouse_locked',
          title: 'warehouse locked',
          status: 500,
          detail: 'the warehouse is opened by another program',
          code: 'warehouse_locked',
          cure: 'end the other program',
        }),
      });
    });
    await page.goto('/');
    const alert = page.getByRole('alert').filter({ hasText: 'Could not load the figures' });
    await alert.waitFor();
    const words = (await alert.textContent()) ?? '';
    for (const part of [
      'the warehouse is opened by another program',
      'end the other program',
      'warehouse_locked',
    ]) {
      expect(words).toContain(part);
    }
    broken = false;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-figure="net_profit"] [data-value]').waitFor();
    await close();
  });

  it('survives a server that does not answer', async () => {
    const { page, close } = await openPage(browser);
    await page.route(WORKSPACES, (route) => route.abort());
    await page.goto('/');
    await page.getByText('netgain does not answer').waitFor();
    await page.unroute(WORKSPACES);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-figure="net_profit"] [data-value]').waitFor();
    await close();
  });

  it('names the workspaces when an address names none of them', async () => {
    const { id } = await firstWorkspace();
    const { page, close } = await openPage(browser);
    await page.goto('/w/nobody/dashboard');
    await page.getByText('there is no workspace "nobody"').waitFor();
    expect(await page.getByText(`choose one of: ${id}`).isVisible()).toBe(true);
    await page.goto('/no/such/page');
    await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
    await close();
  });

  it('follows a sync to its end and asks for the figures anew', async () => {
    const { page, faults, close } = await openPage(browser);
    const running = {
      stream: 'orders',
      rows: 1200,
      fraction: '0.42',
      rows_per_second: '800',
      seconds_left: 180,
    };
    let progress: object | null = null;
    let profitCalls = 0;
    let synced: string | null = null;
    await bend(page, CONNECTIONS, ({ connections }) => ({
      connections: (connections as { id: string }[]).map((one) =>
        one.id === 'shopify' ? { ...one, state: progress ? 'syncing' : 'ok', error: null, progress } : one,
      ),
    }));
    await page.route(/\/connections\/[^/]+\/sync$/, (route) => {
      synced = route.request().method();
      progress = running;
      return route.fulfill({ status: 202, json: { run_id: 'run', state: 'running' } });
    });
    page.on('request', (request) => {
      if (PROFIT.test(request.url())) profitCalls += 1;
    });
    await gotoDashboard(page);
    await showConnections(page);
    await page.getByRole('button', { name: /^Sync now.*Shopify/ }).click();
    const bar = page.getByRole('progressbar').first();
    await bar.waitFor();
    expect(synced).toBe('POST');
    expect(await bar.getAttribute('aria-valuenow')).toBe('42');
    expect(
      await page
        .getByText(/about 3 min left/)
        .first()
        .isVisible(),
    ).toBe(true);
    expect(
      await page
        .getByRole('button', { name: /^Syncing/ })
        .first()
        .isDisabled(),
    ).toBe(true);
    const before = profitCalls;
    progress = null;
    await bar.waitFor({ state: 'detached' });
    await expect.poll(() => profitCalls).toBeGreaterThan(before);
    expect(faults).toEqual([]);
    await close();
  });

  it('says on the card what is not whole, and what was set aside and why', async () => {
    const { page, faults, close } = await openPage(browser);
    const through = '2026-03-31T11:55:00Z';
    const check = { note: null, checked_at: '2026-03-31T12:00:00Z', differences: 0, through };
    let healing: object | null = null;
    const asked: unknown[] = [];
    await bend(page, CONNECTIONS, ({ connections }) => ({
      connections: (connections as { id: string }[]).map((one) =>
        one.id === 'shopify'
          ? {
              ...one,
              set_aside: 1,
              progress: null,
              check: healing,
              completeness: [
                { ...check, stream: 'customers', state: 'ok', ours: 1234, theirs: 1234 },
                { ...check, stream: 'orders', state: 'differs', ours: 998, theirs: 1000, differences: 2 },
              ],
            }
          : { ...one, set_aside: 0, completeness: [] },
      ),
    }));
    const day = { day: '2026-03-12', until_day: '2026-03-12', measure: 'count', state: 'differs' };
    await page.route(/\/completeness\?/, (route) =>
      route.fulfill({
        json: {
          rows: [
            {
              ...day,
              connection_id: 'shopify',
              stream: 'orders',
              ours_count: 9,
              theirs_count: 10,
              checked_at: through,
            },
          ],
        },
      }),
    );
    await page.route(/\/connections\/[^/]+\/reconcile$/, (route) => {
      asked.push(route.request().postDataJSON());
      healing = { state: 'running', heal: true, stream: 'orders', started_at: through };
      return route.fulfill({ status: 202, json: { run_id: 'run', state: 'running' } });
    });
    await page.route(/\/quarantine\?/, (route) =>
      route.fulfill({
        json: {
          count: 1,
          records: [
            {
              connection_id: 'shopify',
              stream: 'orders',
              record_id: '42',
              raw_ref: 'shopify/orders/0#1',
              path: 'totalPriceSet.shopMoney.amount',
              reason: 'is not an amount',
              first_seen: '2026-03-31T12:00:00Z',
              times: 2,
            },
          ],
        },
      }),
    );
    await gotoDashboard(page);
    await showConnections(page);
    await page.getByText('1,234 of 1,234 customers').waitFor();
    await page.getByText('998 of 1,000 orders: they differ on 2 days').waitFor();
    await page.getByText(/Checked through .*2026/).waitFor();
    await page.getByText(/2026, orders: 9 here, 10 there/).waitFor();
    await page.getByText('1 record is set aside').click();
    await page.getByText('totalPriceSet.shopMoney.amount').waitFor();
    expect(await page.getByText(/is not an amount/).isVisible()).toBe(true);
    if (process.env.NETGAIN_PICTURE) await page.screenshot({ path: process.env.NETGAIN_PICTURE });
    await page.getByRole('button', { name: /^Heal.*Shopify/ }).click();
    await page.getByText('Checking, and reading again what differs: orders').waitFor();
    expect(asked).toEqual([{ heal: true }]);
    expect(await page.getByRole('button', { name: /^Check now.*Shopify/ }).isDisabled()).toBe(true);
    expect(faults).toEqual([]);
    await close();
  });

  it('shows a broken connection on top, with its cure on the card', async () => {
    const { page, close } = await openPage(browser);
    const error = {
      code: 'token_expired',
      message: 'the access token has expired',
      cure: 'connect again with a new token',
    };
    await bend(page, CONNECTIONS, ({ connections }) => ({
      connections: (connections as object[]).map((one, index) =>
        index === 0 ? { ...one, state: 'error', error, progress: null } : one,
      ),
    }));
    await gotoDashboard(page);
    await page
      .getByRole('alert')
      .filter({ hasText: 'does not sync: the access token has expired' })
      .waitFor();
    await page.getByRole('link', { name: 'See the cure' }).first().click();
    await page.getByText('connect again with a new token').waitFor();
    expect(await page.getByText('Needs attention').first().isVisible()).toBe(true);
    await close();
  });

  it('marks what is estimated and what may still change, and says why', async () => {
    const { page, close } = await openPage(browser);
    await bend(page, PROFIT, (body) => {
      const { rows, total } = body as unknown as { rows: object[]; total: { cogs: string } };
      return {
        ...body,
        rows: rows.map((row) => ({ ...row, provisional: true })),
        total: {
          ...total,
          provisional: true,
          cost_coverage: '0.7500',
          cogs_low: '0.00',
          cogs_high: '99999999.00',
        },
      };
    });
    await gotoDashboard(page);
    const estimated = page.getByRole('button', { name: 'part estimated' });
    await estimated.focus();
    await page.getByRole('tooltip').waitFor({ state: 'attached' });
    expect(await page.getByRole('tooltip').textContent()).toContain(
      'Costs are known for 75.0% of product sales',
    );
    const provisional = page.locator('[data-figure="ad_spend"]').getByRole('button', { name: 'provisional' });
    await provisional.focus();
    await expect.poll(() => page.getByRole('tooltip').textContent()).toContain('may still restate');
    await close();
  });

  it('shows the payload digit for digit, where a float would round it', async () => {
    const { page, close } = await openPage(browser);
    await page.route(/\/explain$/, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { raw: { payload: unknown }[] };
      body.raw = [{ ...body.raw[0], payload: '@' }];
      const text = JSON.stringify(body).replace(
        '"@"',
        '{"total":12345678901234567.89,"price":19.990,"count":3}',
      );
      await route.fulfill({ response, body: text });
    });
    await gotoDashboard(page);
    await showOrders(page);
    await page.locator('[role="row"][data-order]').first().click();
    const payload = page.getByRole('dialog').locator('[data-raw]').first();
    await payload.waitFor();
    const shown = await payload.textContent();
    for (const digits of ['total: 12345678901234567.89', 'price: 19.990', 'count: 3'])
      expect(shown).toContain(digits);
    await close();
  });

  it('has no zeros for a period without data, but a way back', async () => {
    const { id } = await firstWorkspace();
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${id}/dashboard?from=1970-01-01&to=1970-01-31`);
    await page.getByRole('heading', { name: /No data for/ }).waitFor();
    expect(await page.locator('[data-figure]').count()).toBe(0);
    await page.getByRole('button', { name: 'Show the last 30 days' }).click();
    await page.locator('[data-figure="net_profit"] [data-value]').waitFor();
    expect(faults).toEqual([]);
    await close();
  });
});

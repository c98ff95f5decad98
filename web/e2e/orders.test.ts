import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, compare, subtract } from '../src/lib/decimal';
import { firstWorkspace, getJson, gotoDashboard, launch, openPage, showOrders, UNAVAILABLE } from './browser';

interface OrderAnswer {
  order_id: string;
  name: string;
  net_profit: string;
}
interface Explained {
  order: OrderAnswer;
  steps: { key: string; sign: string; amount: string }[];
  raw: { raw_ref: string }[];
}

describe.skipIf(UNAVAILABLE)('orders', () => {
  let browser: Browser;
  let all: string;
  beforeAll(async () => {
    browser = await launch();
    const workspace = await firstWorkspace();
    all = `/w/${workspace.id}/dashboard?from=${workspace.first_day}&to=${workspace.last_day}`;
  });
  afterAll(() => browser.close());

  const ordersOf = async (query: string) => {
    const workspace = await firstWorkspace();
    return getJson<{ rows: OrderAnswer[]; total_count: number }>(
      `/api/v1/workspaces/${workspace.id}/orders?from=${workspace.first_day}&to=${workspace.last_day}&${query}`,
    );
  };

  it('draws only what is seen and loads further pages on the way down', async () => {
    const { total_count } = await ordersOf('limit=1');
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page, all);
    await showOrders(page);
    const grid = page.getByRole('grid');
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(total_count + 1));
    const lastIndex = async () =>
      Number(await page.locator('[role="row"][data-order]').last().getAttribute('aria-rowindex'));
    const first = await lastIndex();
    for (let step = 0; step < 40 && (await lastIndex()) < Math.min(total_count, 250); step += 1) {
      await grid.evaluate((element) => element.scrollBy(0, 3_000));
      await page.waitForTimeout(100);
    }
    expect(await lastIndex()).toBeGreaterThan(Math.min(total_count, first + 100));
    expect(await page.locator('[role="row"][data-order]').count()).toBeLessThan(60);
    expect(faults).toEqual([]);
    await close();
  });

  it('sorts and searches on the server', async () => {
    const best = await ordersOf('sort=net_profit&dir=desc&limit=1');
    const worst = await ordersOf('sort=net_profit&dir=asc&limit=1');
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page, all);
    await showOrders(page);
    const firstRow = () => page.locator('[role="row"][aria-rowindex="2"]').getAttribute('data-order');
    await page.getByRole('columnheader', { name: 'Profit' }).getByRole('button').click();
    await expect.poll(firstRow).toBe(best.rows[0]?.name);
    await page.getByRole('columnheader', { name: 'Profit' }).getByRole('button').click();
    await expect.poll(firstRow).toBe(worst.rows[0]?.name);
    expect(await page.getByRole('columnheader', { name: 'Profit' }).getAttribute('aria-sort')).toBe(
      'ascending',
    );

    const wanted = best.rows[0]?.name ?? '';
    await page.getByRole('searchbox').fill(wanted);
    await page.waitForURL((url) => url.searchParams.get('q') === wanted);
    await expect.poll(firstRow).toBe(wanted);
    await page.getByRole('searchbox').fill('no such order anywhere');
    await page.getByText('No orders match').waitFor();
    await page.getByRole('button', { name: 'Show all orders' }).click();
    await expect.poll(firstRow).toBe(worst.rows[0]?.name);
    expect(faults).toEqual([]);
    await close();
  });

  it('opens by keyboard into an explanation that adds up, down to the payload', async () => {
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page, all);
    await showOrders(page);
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('dialog');
    await panel.locator('[data-step="gross_sales"]').waitFor();
    const id = new URL(page.url()).searchParams.get('order') ?? '';
    const workspace = await firstWorkspace();
    const explained = await getJson<Explained>(
      `/api/v1/workspaces/${workspace.id}/orders/${encodeURIComponent(id)}/explain`,
    );
    expect(await page.locator('[role="row"][aria-rowindex="3"]').getAttribute('data-order')).toBe(
      explained.order.name,
    );
    expect(await panel.textContent()).toContain(explained.order.name);

    // The ladder on the page is the ladder of the answer, and it adds up to the cent.
    expect(await panel.locator('[data-step]').count()).toBe(explained.steps.length);
    let running = '0';
    for (const step of explained.steps) {
      if (step.sign === '=') expect(compare(running, step.amount), step.key).toBe(0);
      else running = step.sign === '+' ? add(running, step.amount) : subtract(running, step.amount);
    }

    const summary = panel.locator('[data-step="gross_sales"] summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    const details = panel.locator('[data-step="gross_sales"]');
    expect(await details.getAttribute('open')).not.toBeNull();

    expect(explained.raw.length).toBeGreaterThan(0);
    const payloads = panel.locator('[data-raw]');
    expect(await payloads.count()).toBe(explained.raw.length);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await payloads.first().getByRole('button', { name: 'Copy the payload' }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(typeof JSON.parse(copied)).toBe('object');
    expect(copied.split('\n').length).toBeGreaterThan(2);

    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    // Back where one was, so that the arrow keys go on.
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('grid');
    expect(faults).toEqual([]);
    await close();
  });

  it('downloads every order of the filter, not only the loaded ones', async () => {
    const workspace = await firstWorkspace();
    const from = workspace.last_day.slice(0, 8) + '01';
    const { total_count } = await getJson<{ total_count: number }>(
      `/api/v1/workspaces/${workspace.id}/orders?from=${from}&to=${workspace.last_day}&limit=1`,
    );
    const { page, close } = await openPage(browser);
    await gotoDashboard(page, `/w/${workspace.id}/dashboard?from=${from}&to=${workspace.last_day}`);
    await showOrders(page);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download orders as CSV' }).click();
    const text = await readFile(await (await download).path(), 'utf8');
    expect(text.trim().split('\r\n')).toHaveLength(total_count + 1);
    await close();
  });
});

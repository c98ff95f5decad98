import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../src/lib/dates';
import { compare } from '../src/lib/decimal';
import { BASE_URL, firstWorkspace, getJson, launch, openPage, UNAVAILABLE } from './browser';

interface Book {
  costs: {
    id: string;
    scope: string;
    scope_id: string;
    counts: boolean;
    source: string;
    unit_cost: string;
  }[];
  rules: { id: string; kind: string; counts: boolean }[];
}
interface Profit {
  total: { net_profit: string };
}

describe.skipIf(UNAVAILABLE)('costs', () => {
  let browser: Browser;
  let workspace: Awaited<ReturnType<typeof firstWorkspace>>;
  beforeAll(async () => {
    browser = await launch();
    workspace = await firstWorkspace();
  });
  afterAll(() => browser.close());

  const book = () => getJson<Book>(`/api/v1/workspaces/${workspace.id}/costs`);
  const profit = async () => {
    const range = `from=${workspace.first_day}&to=${workspace.last_day}`;
    return (await getJson<Profit>(`/api/v1/workspaces/${workspace.id}/profit?${range}`)).total.net_profit;
  };
  const takeBack = async (change: object) => {
    const response = await fetch(`${BASE_URL}/api/v1/workspaces/${workspace.id}/costs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(change),
    });
    expect(response.status).toBe(200);
  };

  it('shows the effect of a cost before it is saved, and restates the past', async () => {
    const first = (await book()).costs.find((cost) => cost.scope === 'variant' || cost.scope === 'sku');
    if (!first) throw new Error('the demo has no unit cost');
    const before = await profit();
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/dashboard`);
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Costs', exact: true })
      .click();
    await page.getByRole('searchbox', { name: 'Search unit costs' }).fill(first.scope_id);
    await page
      .locator(`[data-cost="${first.scope_id}"]`)
      .getByRole('button', { name: /^New cost/ })
      .click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('Cost of one unit').fill('9999');
    // later than any day of the demo's sheet: of two costs the one that began last counts
    await sheet.getByLabel('First day').fill(addDays(workspace.last_day, -29));
    await sheet.getByLabel('Note').fill('a test');
    await sheet.getByRole('button', { name: 'Show the effect' }).click();
    const total = await sheet.locator('[data-effect-total]').getAttribute('data-effect-total');
    expect(compare(total ?? '0', '0')).toBe(-1);
    expect(await profit()).toBe(before);
    // another amount needs another look
    await sheet.getByLabel('Cost of one unit').fill('9998');
    await sheet.locator('[data-effect-total]').waitFor({ state: 'detached' });
    await sheet.getByRole('button', { name: 'Show the effect' }).click();
    await sheet.getByRole('button', { name: 'Save' }).click();
    await sheet.waitFor({ state: 'detached' });
    expect(compare(await profit(), before)).toBe(-1);
    const line = page.locator(`[data-cost="${first.scope_id}"]`);
    await line.getByText('9,998').first().waitFor();

    await line.getByText(/^History/).click();
    await line.getByRole('button', { name: 'Take back' }).first().click();
    await sheet.getByRole('button', { name: 'Show the effect' }).click();
    await sheet.getByRole('button', { name: 'Take it back' }).click();
    await sheet.waitFor({ state: 'detached' });
    expect(await profit()).toBe(before);
    const kept = (await book()).costs.filter(
      (cost) => cost.source === 'ui' && cost.scope_id === first.scope_id,
    );
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(faults).toEqual([]);
    await close();
  });

  it('records a rule and refuses one that cannot hold', async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/costs`);
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByRole('button', { name: 'Show the effect' }).click();
    await sheet.getByRole('alert').getByText('fixed').waitFor();
    await sheet.getByLabel('Fixed amount').fill('1.25');
    await sheet.getByLabel('Name').fill('Post of the test');
    await sheet.getByRole('button', { name: 'Show the effect' }).click();
    await sheet.locator('[data-effect]').waitFor();
    await sheet.getByRole('button', { name: 'Save' }).click();
    await sheet.waitFor({ state: 'detached' });
    await page.getByText('Post of the test').waitFor();
    const rules = (await book()).rules.filter((rule) => rule.counts && rule.kind === 'shipping');
    await takeBack({ rules: rules.map((rule) => ({ replaces: rule.id, withdrawn: true })) });
    expect(faults).toEqual([]);
    await close();
  });
});

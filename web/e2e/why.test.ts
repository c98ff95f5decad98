import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, compare } from '../src/lib/decimal';
import { firstWorkspace, getJson, gotoDashboard, launch, openPage, UNAVAILABLE } from './browser';

interface Answer {
  figure: string;
  value: string;
  parts: { label: string; amount: string; figure: string | null; order: { name: string } | null }[];
}

describe.skipIf(UNAVAILABLE)('why this number?', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('walks from a tile to an order', async () => {
    const workspace = await firstWorkspace();
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    await page.getByRole('button', { name: /Net profit ?: how it is made/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Why this number?', exact: true }).click();
    const sheet = page.getByRole('dialog', { name: 'Why this number?' });
    const root = sheet.locator('[data-parts]').first();
    await root.waitFor();
    const figure = (await root.getAttribute('data-parts')) ?? '';
    expect(figure).toMatch(/^net_profit,from=/);
    const answer = await getJson<Answer>(
      `/api/v1/workspaces/${workspace.id}/explain?figure=${encodeURIComponent(figure)}`,
    );
    expect(compare(answer.parts.map((part) => part.amount).reduce(add, '0'), answer.value)).toBe(0);
    for (const part of answer.parts) await sheet.locator(`[data-part="${part.label}"]`).first().waitFor();
    // one level further: the step above
    await sheet.getByRole('button', { name: /^Contribution margin 3/ }).click();
    await sheet
      .getByRole('button', { name: /^Contribution margin 2/ })
      .first()
      .waitFor();
    // and across, to the orders behind it
    await sheet.getByRole('button', { name: 'orders and costs', exact: true }).first().click();
    const link = sheet.getByRole('button', { name: /^Order #/ }).first();
    await link.waitFor();
    const name = ((await link.textContent()) ?? '').replace('Order ', '');
    await link.click();
    await page.getByRole('dialog', { name: `Order ${name}` }).waitFor();
    expect(page.url()).toContain('order=');
    expect(faults).toEqual([]);
    await close();
  });

  it('opens from a line of a statement and from a link', async () => {
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    await page.locator('#definitions').scrollIntoViewIfNeeded();
    const line = page
      .locator('#definitions')
      .getByRole('button', { name: /^Gross sales ?: why this number/ });
    await line.first().click();
    const sheet = page.getByRole('dialog', { name: 'Why this number?' });
    await sheet.locator('[data-parts]').first().waitFor();
    const address = page.url();
    expect(address).toContain('why=gross_sales');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('why=');
    await page.goto(address);
    await sheet.locator('[data-parts]').first().waitFor();
    expect(faults).toEqual([]);
    await close();
  });
});

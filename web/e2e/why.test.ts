import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, compare } from '../src/lib/decimal';
import { firstWorkspace, getJson, gotoDashboard, launch, openPage, UNAVAILABLE } from './browser';

/** A workspace with a billing platform; the demo's own shop bills nothing by the month. */
const BILLED = process.env.NETGAIN_BILLED;

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

  /** The figure of the open sheet, after its parts were held against the API's. */
  async function asked(page: Page, workspace: string): Promise<string> {
    const sheet = page.getByRole('dialog', { name: 'Why this number?' });
    const root = sheet.locator('[data-parts]').first();
    await root.waitFor();
    const figure = (await root.getAttribute('data-parts')) ?? '';
    const answer = await getJson<Answer>(
      `/api/v1/workspaces/${workspace}/explain?figure=${encodeURIComponent(figure)}`,
    );
    expect(answer.parts.length).toBeGreaterThan(0);
    for (const part of answer.parts.slice(0, 3))
      await sheet.locator(`[data-part="${part.label}"]`).first().waitFor();
    return figure;
  }

  it('opens from a campaign and from the ratios of all, down to what a platform sent', async () => {
    const workspace = await firstWorkspace();
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/campaigns?model=linear`);
    await page
      .getByRole('button', { name: /Spend of .+: why this number\?$/ })
      .first()
      .click();
    const figure = await asked(page, workspace.id);
    expect(figure).toMatch(/^campaign:spend,from=.*model=linear/);
    const sheet = page.getByRole('dialog', { name: 'Why this number?' });
    await sheet
      .getByRole('button', { name: /^ad_days · / })
      .first()
      .click();
    await sheet.locator('[data-raw]').getByRole('region').waitFor();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /Marketing efficiency: why this number\?$/ }).click();
    expect(await asked(page, workspace.id)).toMatch(/^blended:mer,/);
    expect(faults).toEqual([]);
    await close();
  });

  it('opens from a cohort and from a cell of the map', async () => {
    const workspace = await firstWorkspace();
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/customers?measure=contribution`);
    await page
      .getByRole('button', { name: /Cost each of .+: why this number\?$/ })
      .first()
      .click();
    expect(await asked(page, workspace.id)).toMatch(/^cohort:ncac,month=/);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const map = page.getByRole('img', { name: /cohorts up to/ });
    const box = await map.boundingBox();
    if (!box) throw new Error('the map is not drawn');
    // the oldest cohort stands first and has every age; the names of the months stand at the left
    await map.click({ position: { x: box.width * 0.6, y: 50 } });
    expect(await asked(page, workspace.id)).toMatch(/^cohort:ltv,month=.*,age=[1-9]/);
    expect(faults).toEqual([]);
    await close();
  });

  it.skipIf(!BILLED)('opens from a step of recurring revenue', async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${BILLED}/subscriptions`);
    await page
      .getByRole('button', { name: /^Show subscriptions in .* as table$/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /At the end: why this number\?$/ })
      .first()
      .click();
    expect(await asked(page, BILLED ?? '')).toMatch(/^mrr:closing,from=.*definition=/);
    expect(faults).toEqual([]);
    await close();
  });
});

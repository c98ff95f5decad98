/** Campaigns, customers and subscriptions: what the pages show is what the API answers, and is not empty. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../src/lib/dates';
import { compare } from '../src/lib/decimal';
import { money, multiple } from '../src/lib/format';
import { firstWorkspace, getJson, launch, openPage, plain, UNAVAILABLE } from './browser';

/** A workspace with a billing platform; the demo's own shop bills nothing by the month. */
const BILLED = process.env.NETGAIN_BILLED;
if (!BILLED) console.warn('subscriptions are not opened: set NETGAIN_BILLED to a workspace that has some');

interface Figures {
  provider: string;
  campaign_id: string | null;
  campaign: string | null;
  spend: string;
  supported_net_sales: string;
  over_claimed_value: string;
  roas_attributed: { value: string | null };
  roas_contribution: { value: string | null };
}
interface Campaigns {
  currency: string;
  rows: Figures[];
  told_by: { provider: string; orders: number }[];
}

/** Opens a chooser by its label and takes an entry. */
async function choose(page: Page, label: string, entry: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${label}:`) }).click();
  await page.getByRole('menuitemradio', { name: entry, exact: true }).click();
}

describe.skipIf(UNAVAILABLE)('campaigns, customers and subscriptions', () => {
  let browser: Browser;
  let workspace: Awaited<ReturnType<typeof firstWorkspace>>;
  let range: string;
  beforeAll(async () => {
    browser = await launch();
    workspace = await firstWorkspace();
    range = `from=${addDays(workspace.last_day, -29)}&to=${workspace.last_day}`;
  });
  afterAll(() => browser.close());

  it('shows what visits support beside what platforms claim, and a campaign’s parts', async () => {
    const path = `/api/v1/workspaces/${workspace.id}/campaigns`;
    const table = await getJson<Campaigns>(`${path}?${range}&window=30`);
    const best = table.rows.find(
      (row) => row.campaign_id !== null && compare(row.supported_net_sales, '0') > 0,
    );
    if (!best?.campaign || !best.campaign_id) throw new Error('no visit supports any campaign');
    expect(table.told_by.map((one) => one.provider)).toEqual(['shopify']);
    expect(best.roas_attributed.value).not.toBeNull();

    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/campaigns?${range}`);
    const line = page
      .getByRole('row')
      .filter({ has: page.getByRole('button', { name: `Parts of ${best.campaign}` }) });
    const shown = plain(await line.innerText());
    for (const figure of [best.spend, best.supported_net_sales, best.over_claimed_value])
      expect(shown).toContain(plain(money(figure, table.currency, { locale: 'en-GB' })));
    expect(shown).toContain(plain(multiple(best.roas_attributed.value ?? '', 'en-GB')));
    expect(shown).toContain(plain(multiple(best.roas_contribution.value ?? '', 'en-GB')));

    await line.getByRole('button', { name: `Parts of ${best.campaign}` }).click();
    const panel = page.getByRole('dialog');
    for (const [by, label] of [
      ['ad', 'Ads'],
      ['ad_set', 'Ad sets'],
    ] as const) {
      const of = `provider=${best.provider}&campaign_id=${best.campaign_id}&by=${by}`;
      const parts = await getJson<Campaigns>(`${path}/parts?${range}&window=30&${of}`);
      await choose(page, 'Parts', label);
      await panel.locator(`[data-parts="${parts.rows.length}"]`).waitFor();
      for (const part of parts.rows.filter((row) => row.campaign !== null))
        await panel.getByRole('cell', { name: part.campaign ?? '', exact: true }).waitFor();
    }
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    // another model shares the same orders in another way
    await choose(page, 'Credit', 'All visits alike');
    await expect.poll(() => page.url()).toContain('model=linear');
    expect(faults).toEqual([]);
    await close();
  });

  it('shows who came back', async () => {
    const triangle = await getJson<{ rows: { month: string; customers: number }[]; ncac: { value: string } }>(
      `/api/v1/workspaces/${workspace.id}/customers/cohorts`,
    );
    expect(triangle.rows.length).toBeGreaterThan(12);
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/customers`);
    const cost = money(triangle.ncac.value, workspace.currency, { digits: 'figure', locale: 'en-GB' });
    await page.getByText(cost).first().waitFor();
    await page.locator('[data-chart="ready"]').first().waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  it.skipIf(!BILLED)('shows what recurs, by either definition', async () => {
    interface Mrr {
      by_currency: { currency: string; steps: { key: string; amount: string }[] }[];
    }
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${BILLED}/subscriptions?${range}`);
    await page.locator('[data-chart="ready"]').first().waitFor();
    const drawn = page.getByRole('button', { name: /^Show subscriptions in .* as table$/ });
    while ((await drawn.count()) > 0) await drawn.first().click();
    for (const [definition, label] of [
      ['chartmogul', 'Chartmogul'],
      ['stripe', 'Stripe'],
    ] as const) {
      const mrr = await getJson<Mrr>(
        `/api/v1/workspaces/${BILLED}/subscriptions/mrr?${range}&definition=${definition}`,
      );
      await choose(page, 'Definition', label);
      // no rate is known, so each currency stands by itself and there is no total
      expect(mrr.by_currency.length).toBeGreaterThan(1);
      for (const { currency, steps } of mrr.by_currency) {
        const closing = steps.find((step) => step.key === 'closing')?.amount ?? '0';
        expect(compare(closing, '0')).toBe(1);
        await page
          .getByText(money(closing, currency, { locale: 'en-GB' }), { exact: true })
          .first()
          .waitFor();
      }
    }
    expect(faults).toEqual([]);
    await close();
  });
});

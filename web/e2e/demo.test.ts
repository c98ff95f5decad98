/** The demo from end to end: what the page shows is what really happened in the emulated shop. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../src/lib/dates';
import { money } from '../src/lib/format';
import {
  firstWorkspace,
  getJson,
  gotoDashboard,
  launch,
  openPage,
  showConnections,
  UNAVAILABLE,
} from './browser';

/** The emulated platforms of the running demo, which keep their own books. */
const WORLD = process.env.NETGAIN_WORLD?.replace(/\/$/, '');
if (!WORLD) console.warn('the demo is not compared: set NETGAIN_WORLD to the address of its emulated shop');

interface Connections {
  connections: { id: string; state: string; last_sync_at: string | null }[];
}

describe.skipIf(UNAVAILABLE ?? !WORLD)('the demo', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it("shows the profit that the world's own books hold, to the cent", async () => {
    const workspace = await firstWorkspace();
    const { first_day: first, last_day: last, currency } = workspace;
    const { page, faults, close } = await openPage(browser);
    for (const from of [addDays(last, -29), first]) {
      const query = `from=${from}&to=${last}&by=day&cost_ratio=0.40&label_cost=4.50`;
      const books = await fetch(`${WORLD}/world/truth?${query}`);
      const { total } = (await books.json()) as { total: Record<string, string> };
      await gotoDashboard(page, `/w/${workspace.id}/dashboard?from=${from}&to=${last}`);
      for (const figure of ['net_profit', 'net_revenue', 'ad_spend']) {
        const shown = page.locator(`[data-figure="${figure}"] [data-value]`);
        const truth = money(total[figure] ?? '', currency, { locale: 'en-GB' });
        await expect
          .poll(() => shown.getAttribute('title'), { message: `${figure} since ${from}` })
          .toBe(truth);
      }
    }
    expect(faults).toEqual([]);
    await close();
  });

  it('reads a platform again from its card', async () => {
    const { id } = await firstWorkspace();
    const meta = async () => {
      const { connections } = await getJson<Connections>(`/api/v1/workspaces/${id}/connections`);
      return connections.find((one) => one.id === 'meta-ads');
    };
    const before = await meta();
    expect(before?.state).toBe('ok');
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    await showConnections(page);
    await page.getByRole('button', { name: /^Sync now.*Meta Ads/ }).click();
    await expect
      .poll(async () => (await meta())?.last_sync_at, { timeout: 20_000 })
      .not.toBe(before?.last_sync_at);
    await expect.poll(async () => (await meta())?.state, { timeout: 20_000 }).toBe('ok');
    await page.getByRole('button', { name: /^Sync now.*Meta Ads/ }).waitFor();
    expect(faults).toEqual([]);
    await close();
  });
});

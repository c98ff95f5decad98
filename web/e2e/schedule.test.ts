/** The schedule of a connection, changed on its card. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  firstWorkspace,
  getJson,
  gotoDashboard,
  launch,
  openPage,
  showConnections,
  UNAVAILABLE,
} from './browser';

interface Schedule {
  cadence: string;
  default_cadence: string;
  quiet: string | null;
  paused: boolean;
  next_sync_at: string | null;
}

describe.skipIf(UNAVAILABLE)('schedule', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('is changed, kept, paused and resumed', async () => {
    const { id } = await firstWorkspace();
    const { connections } = await getJson<{ connections: { id: string; name: string; category: string }[] }>(
      `/api/v1/workspaces/${id}/connections`,
    );
    const shop = connections.find((connection) => connection.category === 'commerce');
    if (!shop) throw new Error('the demo has no shop');
    const kept = () => getJson<Schedule>(`/api/v1/workspaces/${id}/connections/${shop.id}/schedule`);
    const usual = (await kept()).default_cadence;

    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    await showConnections(page);
    const card = page.locator('details').filter({ hasText: `Schedule of ${shop.name}` });
    await card.locator('summary').click();
    await card.getByLabel('Read').selectOption('every 6h');
    await card.getByLabel('Quiet from').fill('22:00');
    await card.getByLabel('Quiet until').fill('06:30');
    await card.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await kept()).cadence).toBe('every 6h');
    expect((await kept()).quiet).toBe('22:00-06:30');

    await card.getByRole('button', { name: /^Pause/ }).click();
    await card.getByText('read only when you ask').waitFor();
    expect(await kept()).toMatchObject({ paused: true, next_sync_at: null });
    await card.getByRole('button', { name: /^Resume/ }).click();
    await card.getByRole('button', { name: /^Pause/ }).waitFor();

    // the usual one is not kept as a choice of its own
    await card.getByLabel('Read').selectOption(usual);
    await card.getByLabel('Quiet from').fill('');
    await card.getByLabel('Quiet until').fill('');
    await card.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => await kept()).toMatchObject({ cadence: usual, quiet: null, paused: false });
    expect(faults).toEqual([]);
    await close();
  });
});

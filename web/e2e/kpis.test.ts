import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstWorkspace, getJson, launch, openPage, UNAVAILABLE } from './browser';

interface Kpis {
  sources: {
    connection_id: string;
    kpis: { metric: string; value: string | null; overridden: boolean; points: { day: string }[] }[];
  }[];
}
/** The list's own address, not the page's. */
const LIST = /\/api\/v1\/workspaces\/[^/]+\/kpis$/;

interface Audit {
  entries: { action: string; metric: string; actor: string }[];
}

describe.skipIf(UNAVAILABLE)('key figures', () => {
  let browser: Browser;
  let workspace: Awaited<ReturnType<typeof firstWorkspace>>;
  beforeAll(async () => {
    browser = await launch();
    workspace = await firstWorkspace();
  });
  afterAll(() => browser.close());

  const api = () => `/api/v1/workspaces/${workspace.id}/kpis`;
  const spend = async () => {
    const { sources } = await getJson<Kpis>(api());
    const ads = sources.find((source) => source.kpis.some((kpi) => kpi.metric === 'spend'));
    const found = ads?.kpis.find((kpi) => kpi.metric === 'spend');
    if (!ads || !found) throw new Error('the demo has no ad spend');
    return { ...found, source: ads.connection_id };
  };

  it('lists figures by source, and a value that is set stands until it is taken back', async () => {
    const before = await spend();
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/dashboard`);
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'KPIs', exact: true })
      .click();
    const line = page.locator(`[data-kpi-source="${before.source}"] [data-kpi="spend"]`);
    const shown = line.locator('[data-kpi-value]');
    await shown.waitFor();
    expect(await shown.getAttribute('data-kpi-value')).toBe(before.value);
    expect(await line.locator('polyline').count()).toBeGreaterThan(0);

    await line.getByRole('button', { name: 'Values of Spend' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('Value').fill('12,5');
    await sheet.getByRole('button', { name: 'Set the value' }).click();
    await sheet.getByRole('alert').getByText('is not a decimal').waitFor();
    await sheet.getByLabel('Value').fill('123.45');
    await sheet.getByLabel('Reason').fill('a test');
    await sheet.getByRole('button', { name: 'Set the value' }).click();
    await sheet.getByText('Set by hand').waitFor();
    expect(await spend()).toMatchObject({ value: '123.45', overridden: true });
    const day = before.points.at(-1)?.day ?? '';
    await sheet.getByRole('button', { name: `Take back ${day}` }).click();
    await sheet.getByText('Set by hand').waitFor({ state: 'detached' });
    expect(await spend()).toMatchObject({ value: before.value, overridden: false });
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });

    const changes = page.locator('[data-kpi-audit]');
    await changes.getByText('Taken back').first().waitFor();
    const { entries } = await getJson<Audit>(`${api()}/audit`);
    expect(entries.slice(0, 2)).toMatchObject([
      { action: 'removed', metric: 'spend', actor: 'ui' },
      { action: 'set', metric: 'spend', actor: 'ui' },
    ]);
    expect(faults).toEqual([]);
    await close();
  });

  it('takes a metric of ones own, and removes it when its only value is taken back', async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`/w/${workspace.id}/kpis`);
    await page.getByRole('button', { name: 'Add a metric' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('Metric').fill('team / size');
    await sheet.getByLabel('Value').fill('7');
    await sheet.getByRole('button', { name: 'Set the value' }).click();
    await sheet.waitFor({ state: 'detached' });
    const line = page.locator('[data-kpi-source="manual"] [data-kpi="team / size"]');
    await line.getByRole('button', { name: 'Values of team / size' }).click();
    await sheet.getByRole('button', { name: /^Take back/ }).click();
    await line.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await close();
  });

  it('says when there is nothing yet, and when it could not be read', async () => {
    const { page, close } = await openPage(browser);
    await page.route(LIST, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as Kpis;
      await route.fulfill({ response, json: { ...body, sources: [] } });
    });
    await page.route(/\/kpis\/audit/, (route) => route.fulfill({ json: { entries: [] } }));
    await page.goto(`/w/${workspace.id}/kpis`);
    await page.getByRole('heading', { name: 'No key figures yet' }).waitFor();
    await page.getByText('Nothing was changed by hand.').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    const problem = { code: 'internal', detail: 'the request could not be answered', cure: 'try again' };
    await page.route(LIST, (route) =>
      route.fulfill({ status: 500, contentType: 'application/problem+json', json: problem }),
    );
    await page.reload();
    const alert = page.getByRole('alert');
    await alert.getByText('Could not load the key figures').waitFor({ timeout: 30_000 });
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-kpi]').first().waitFor();
    await close();
  });
});

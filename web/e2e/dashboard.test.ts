import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, formatRange, periodBefore } from '../src/lib/dates';
import { add, sum } from '../src/lib/decimal';
import { money, percent } from '../src/lib/format';
import { firstWorkspace, getJson, gotoDashboard, launch, openPage, plain, UNAVAILABLE } from './browser';

interface ProfitAnswer {
  rows: Record<string, string>[];
  total: Record<string, string>;
}

describe.skipIf(UNAVAILABLE)('the dashboard', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('shows the figures that the API answers, exact on hover', async () => {
    const workspace = await firstWorkspace();
    const range = { from: addDays(workspace.last_day, -29), to: workspace.last_day };
    const { total } = await getJson<ProfitAnswer>(
      `/api/v1/workspaces/${workspace.id}/profit?from=${range.from}&to=${range.to}&by=day`,
    );
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    expect(new URL(page.url()).pathname).toBe(`/w/${workspace.id}/dashboard`);
    for (const key of ['net_profit', 'net_revenue', 'ad_spend']) {
      const value = page.locator(`[data-figure="${key}"] [data-value]`);
      const exact = total[key] ?? '';
      expect(await value.textContent(), key).toBe(
        money(exact, workspace.currency, { digits: 'figure', locale: 'en-GB' }),
      );
      expect(await value.getAttribute('title'), key).toBe(
        money(exact, workspace.currency, { locale: 'en-GB' }),
      );
    }
    const margin = page.locator('[data-figure="margin"] [data-value]');
    expect(await margin.textContent()).toBe(percent(total.margin ?? '', { locale: 'en-GB' }));
    expect(plain(await page.getByTestId('range').textContent())).toContain(
      plain(formatRange(range, 'en-GB')),
    );
    expect(await page.getByText(workspace.currency, { exact: true }).first().isVisible()).toBe(true);
    expect(faults).toEqual([]);
    await close();
  });

  it('tells all figures by the definition that is chosen', async () => {
    const workspace = await firstWorkspace();
    const range = `from=${addDays(workspace.last_day, -29)}&to=${workspace.last_day}`;
    const { profiles } = await getJson<{ profiles: { id: string; label: string }[] }>('/api/v1/profiles');
    expect(profiles.length).toBeGreaterThan(5);
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    const shown = page.locator('[data-figure="net_profit"] [data-value]');
    const seen = new Set<string>();
    for (const { id } of profiles) {
      await page.getByRole('button', { name: /How figures are defined/ }).click();
      await page.getByLabel('Definition of profit').selectOption(id);
      await page.keyboard.press('Escape');
      const { total } = await getJson<{ total: { result: string } }>(
        `/api/v1/workspaces/${workspace.id}/profit/statement?${range}&profile=${id}`,
      );
      const exact = money(total.result, workspace.currency, { locale: 'en-GB' });
      await expect.poll(() => shown.getAttribute('title'), { timeout: 15_000 }).toBe(exact);
      seen.add(exact);
    }
    // definitions that all tell the same would show nothing
    expect(seen.size).toBeGreaterThan(3);
    expect(faults).toEqual([]);
    await close();
  });

  it('changes range and comparison through the address, and back', async () => {
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    const before = await page.locator('[data-figure="net_revenue"] [data-value]').getAttribute('title');
    await page.getByTestId('range').click();
    await page.getByRole('button', { name: 'Last 7 days' }).click();
    await page.waitForURL(/from=/);
    await expect
      .poll(() => page.locator('[data-figure="net_revenue"] [data-value]').getAttribute('title'))
      .not.toBe(before);

    await page.getByRole('button', { name: /Period before/ }).click();
    await page.getByRole('menuitemradio', { name: 'Year before' }).click();
    await page.waitForURL(/compare=year/);

    // A link shows the same view.
    const shown = await page.locator('[data-figure="net_revenue"] [data-value]').getAttribute('title');
    await page.reload();
    await page.locator('[data-figure="net_revenue"] [data-value]').waitFor();
    expect(await page.locator('[data-figure="net_revenue"] [data-value]').getAttribute('title')).toBe(shown);
    expect(await page.getByRole('button', { name: /Year before/ }).isVisible()).toBe(true);

    await page.goBack();
    await page.goBack();
    await expect
      .poll(() => page.locator('[data-figure="net_revenue"] [data-value]').getAttribute('title'))
      .toBe(before);
    expect(faults).toEqual([]);
    await close();
  });

  it('takes two dates by hand and refuses a range that runs backwards', async () => {
    const workspace = await firstWorkspace();
    const { page, close } = await openPage(browser);
    await gotoDashboard(page);
    await page.getByTestId('range').click();
    const [from, to] = [addDays(workspace.last_day, -9), addDays(workspace.last_day, -5)];
    await page.getByLabel('From', { exact: true }).fill(to);
    await page.getByLabel('To', { exact: true }).fill(from);
    expect(await page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true);
    await page.getByLabel('From', { exact: true }).fill(from);
    await page.getByLabel('To', { exact: true }).fill(to);
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(
      (url) => url.searchParams.get('from') === from && url.searchParams.get('to') === to,
    );
    await expect
      .poll(async () => plain(await page.locator('[data-figure="net_profit"]').textContent()))
      .toContain(plain(formatRange(periodBefore({ from, to }), 'en-GB')));
    await close();
  });

  it('opens each figure into its ladder, the compared period beside it', async () => {
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    const exact = (await page.locator('[data-figure="net_profit"] [data-value]').getAttribute('title')) ?? '';
    await page.getByRole('button', { name: /Net profit ?: how it is made/ }).click();
    const panel = page.getByRole('dialog');
    await panel.waitFor();
    expect(await panel.textContent()).toContain(exact);
    expect(await panel.getByRole('row').count()).toBe(16);
    expect(page.url()).toContain('figure=net_profit');
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('figure=');
    expect(faults).toEqual([]);
    await close();
  });

  it('gives every chart as a table and as CSV whose sum is the headline', async () => {
    const workspace = await firstWorkspace();
    const range = { from: addDays(workspace.last_day, -29), to: workspace.last_day };
    const { total } = await getJson<ProfitAnswer>(
      `/api/v1/workspaces/${workspace.id}/profit?from=${range.from}&to=${range.to}&by=day`,
    );
    const { page, faults, close } = await openPage(browser);
    await gotoDashboard(page);
    for (const title of ['profit over time', 'from sales to profit', 'by channel']) {
      await page.getByRole('button', { name: `Show ${title} as table` }).click();
      await page.getByRole('button', { name: `Show ${title} as chart` }).waitFor();
    }
    // the three charts, and the two statements side by side
    await expect.poll(() => page.getByRole('table').count()).toBe(5);
    for (const title of ['profit over time', 'by channel']) {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: `Download ${title} as CSV` }).click();
      const text = await readFile(await (await download).path(), 'utf8');
      const [header = '', ...lines] = text.replace('\ufeff', '').trim().split('\r\n');
      const column = header.split(',').indexOf('net_profit');
      expect(column).toBeGreaterThan(0);
      const profit = sum(lines.map((line) => line.split(',')[column] ?? ''));
      expect(add(profit, '0.00'), title).toBe(add(total.net_profit ?? '', '0.00'));
    }
    expect(faults).toEqual([]);
    await close();
  });

  it('obeys the command palette and remembers the colours', async () => {
    const { page, faults, close } = await openPage(browser, { colorScheme: 'light' });
    await gotoDashboard(page);
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder(/Type a command/).fill('last 90');
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=/);
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder(/Type a command/).fill('dark');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.reload();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(faults).toEqual([]);
    await close();
  });
});

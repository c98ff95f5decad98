/** WCAG 2.2 AA as far as axe can tell, in both themes and on a narrow screen. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
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

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Violations in words; empty when there are none. */
async function violations(page: Page): Promise<string[]> {
  // Text that is half faded in has half the contrast.
  await page.waitForTimeout(300);
  await page.evaluate(axeSource);
  const results = await page.evaluate(
    (tags) =>
      (
        window as unknown as { axe: { run: (root: Document, options: object) => Promise<AxeResults> } }
      ).axe.run(document, {
        runOnly: tags,
      }),
    TAGS,
  );
  expect(results.passes.length).toBeGreaterThan(10);
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
  );
}

const SCREENS = [
  { name: 'wide and light', colorScheme: 'light', viewport: { width: 1400, height: 1000 } },
  { name: 'wide and dark', colorScheme: 'dark', viewport: { width: 1400, height: 1000 } },
  { name: 'narrow and light', colorScheme: 'light', viewport: { width: 360, height: 780 } },
  { name: 'narrow and dark', colorScheme: 'dark', viewport: { width: 360, height: 780 } },
] as const;

describe.skipIf(UNAVAILABLE)('accessibility', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  for (const { name, ...options } of SCREENS) {
    it(`holds ${name}`, async () => {
      const { page, faults, close } = await openPage(browser, options);
      await gotoDashboard(page);
      await showOrders(page);
      await showConnections(page);
      expect(await violations(page)).toEqual([]);
      // Nothing sticks out to the side.
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
      ).toBeLessThanOrEqual(0);

      await page.locator('[role="row"][data-order]').first().click();
      await page.getByRole('dialog').locator('[data-raw]').first().waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');

      await page.getByTestId('range').click();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');

      await page.keyboard.press('Control+k');
      await page.getByPlaceholder(/Type a command/).waitFor();
      expect(await violations(page)).toEqual([]);

      await page.goto(`/w/${(await firstWorkspace()).id}/kpis`);
      const values = page.getByRole('button', { name: /^Values of/ }).first();
      await values.waitFor();
      expect(await violations(page)).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
      ).toBeLessThanOrEqual(0);
      await values.click();
      await page.getByRole('dialog').locator('[data-kpi-values]').waitFor();
      expect(await violations(page)).toEqual([]);
      expect(faults).toEqual([]);
      await close();
    });
  }

  it('can be reached by the keyboard alone, and shows where it is', async () => {
    const { page, close } = await openPage(browser);
    await gotoDashboard(page);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    const reached = new Set<string>();
    for (let presses = 0; presses < 80; presses += 1) {
      await page.keyboard.press('Tab');
      const { name, outlined } = await page.evaluate(() => {
        const element = document.activeElement;
        const styles = element ? [getComputedStyle(element), getComputedStyle(element, '::after')] : [];
        return {
          name: element?.getAttribute('aria-label') ?? element?.textContent ?? '',
          outlined: styles.some((style) => style.outlineStyle !== 'none' && style.outlineWidth !== '0px'),
        };
      });
      expect(outlined, `focus on "${name}" is visible`).toBe(true);
      reached.add(name);
      if (name.startsWith('Orders.')) break;
    }
    const names = [...reached].join('\n');
    for (const part of [
      'Date range',
      'Period before',
      'Net profit',
      'Show profit over time as table',
      'Orders.',
    ]) {
      expect(names).toContain(part);
    }
    await close();
  });
});

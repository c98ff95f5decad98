/** Starts Chromium for the tests and hands out pages that fail the test when the page itself fails. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** The address of a running Netgain with data, for example `http://127.0.0.1:8080`. */
export const BASE_URL = process.env.NETGAIN_URL?.replace(/\/$/, '') ?? '';

const CANDIDATES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = CANDIDATES.find((path): path is string => path !== undefined && existsSync(path));

/** Why the tests cannot run here; undefined when they can. */
export const UNAVAILABLE =
  BASE_URL === ''
    ? 'set NETGAIN_URL to a running netgain, for example http://127.0.0.1:8080'
    : executablePath === undefined
      ? 'install chromium, or set CHROMIUM_PATH to it'
      : undefined;

if (UNAVAILABLE) console.warn(`browser tests are skipped: ${UNAVAILABLE}`);

export async function launch(): Promise<Browser> {
  return chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Opened {
  page: Page;
  /** Everything that went wrong inside the page so far. */
  faults: string[];
  close: () => Promise<void>;
}

/** A fresh page with its own storage, in British English, so that texts can be compared. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({
    baseURL: BASE_URL,
    locale: 'en-GB',
    viewport: { width: 1400, height: 1000 },
    reducedMotion: 'reduce',
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // A refused request is part of some tests; a refused script or style never is.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  const close = async () => {
    // Answers that a test bends may still be on their way.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  };
  return { page, faults, close };
}

interface WorkspaceInfo {
  id: string;
  currency: string;
  first_day: string;
  last_day: string;
}

/** Reads the API directly, to hold the page against it. */
export async function getJson<Body>(path: string): Promise<Body> {
  const response = await fetch(BASE_URL + path);
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
  return (await response.json()) as Body;
}

export async function firstWorkspace(): Promise<WorkspaceInfo> {
  const { workspaces } = await getJson<{ workspaces: WorkspaceInfo[] }>('/api/v1/workspaces');
  const workspace = workspaces[0];
  if (!workspace) throw new Error('the server has no workspace: start it with netgain demo');
  return workspace;
}

/** The dashboard with all its charts drawn. */
export async function gotoDashboard(page: Page, path = '/'): Promise<void> {
  await page.goto(path);
  await page.locator('[data-figure="net_profit"] [data-value]').waitFor();
  await page.locator('#profit [data-chart="ready"]').waitFor();
}

/** Scrolls to the orders, which load when they come near. */
export async function showOrders(page: Page): Promise<void> {
  await page.locator('#orders').scrollIntoViewIfNeeded();
  await page.locator('[role="row"][data-order]').first().waitFor();
}

/** Scrolls down until the connections, which load when they come near, are there. */
export async function showConnections(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: /^Sync(ing| now)/ }).first();
  for (let attempt = 0; attempt < 50 && !(await button.isVisible()); attempt += 1) {
    await page.evaluate(() => window.scrollBy(0, 600));
    await page.waitForTimeout(100);
  }
  await button.waitFor();
}

/** A text with plain spaces: browsers and Node put different thin ones into ranges of dates. */
export function plain(text: string | null): string {
  return (text ?? '').replaceAll(/\s/g, ' ');
}

// Takes the picture of the dashboard for the README from a running demo: NETGAIN_URL, by default port 8080 here.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const target = process.argv[2] ?? fileURLToPath(new URL('../../docs/images/dashboard.png', import.meta.url));
const url = process.env.NETGAIN_URL ?? 'http://127.0.0.1:8080';
const LIMIT_KB = 400;

mkdirSync(dirname(target), { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
const page = await browser.newPage({
  viewport: { width: 1400, height: 1000 },
  colorScheme: 'light',
  locale: 'en-GB',
  reducedMotion: 'reduce',
});
await page.goto(url);
await page.locator('#profit [data-chart="ready"]').waitFor();
// The bars grow for a moment.
await page.waitForTimeout(1_000);
await page.screenshot({ path: target });
await browser.close();
const size = Math.round(statSync(target).size / 1024);
console.log(`${target}: ${size} KB`);
if (size > LIMIT_KB) {
  console.error(`the picture is over ${LIMIT_KB} KB`);
  process.exit(1);
}

// Refuses a first page that is heavier than it may be. The first page is index.html and every script and style that the
// dashboard loads before anybody scrolls, clicks or types (so with the charts), gzip-compressed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 350;
/** Loaded by themselves, although the code asks for them dynamically. */
const AT_ONCE = ['index.html', 'src/features/dashboard/dashboard-page.tsx', 'src/charts/engine.ts'];

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const manifestPath = join(dist, '.vite/manifest.json');
if (!existsSync(manifestPath)) {
  if (process.argv.includes('--if-built')) process.exit(0);
  console.error('dist is missing: run npm run build first');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
const files = new Set(['index.html']);
const seen = new Set();
function collect(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the bundle has no chunk "${key}": correct AT_ONCE in this script`);
  if (seen.has(key)) return;
  seen.add(key);
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const dependency of chunk.imports ?? []) collect(dependency);
}
AT_ONCE.forEach(collect);

let total = 0;
for (const name of [...files].sort()) {
  const size = gzipSync(readFileSync(join(dist, name))).length / 1024;
  total += size;
  console.log(`${size.toFixed(1).padStart(8)} KB  ${name}`);
}
console.log(`${total.toFixed(1).padStart(8)} KB  first page, limit ${LIMIT_KB} KB`);
if (total > LIMIT_KB) process.exit(1);

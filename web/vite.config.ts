// Build and development server of the web pages.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const apiOrigin = process.env.NETGAIN_URL ?? 'http://127.0.0.1:8080';

/** Puts each file compressed beside itself, so that the server never has to. Fonts are compressed already. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir }) {
      if (!dir) return;
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (name.startsWith('.') || !/\.(js|css|html|svg)$/.test(name)) continue;
        const file = join(dir, name);
        const content = readFileSync(file);
        if (content.length < 1024) continue;
        writeFileSync(`${file}.br`, brotliCompressSync(content));
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': apiOrigin, '/healthz': apiOrigin },
  },
  build: {
    // The pages run in browsers that have Intl.NumberFormat v3 (exact decimal strings).
    target: ['chrome111', 'firefox116', 'safari16.4'],
    chunkSizeWarningLimit: 700,
    // Inlined data: URLs would need a looser content security policy.
    assetsInlineLimit: 0,
    // Read by scripts/check-bundle.mjs.
    manifest: true,
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});

// Build and development server of the web pages.
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const apiOrigin = process.env.NETGAIN_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss()],
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

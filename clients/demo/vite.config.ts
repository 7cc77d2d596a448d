import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The server maps `/lab` to lab.html and so on; under `npm run dev` this does. */
const pagePaths: Plugin = {
  name: 'page-paths',
  configureServer(server) {
    server.middlewares.use((request, _response, next) => {
      const page = /^\/(lab|feed|advisor)(?=$|\?)/.exec(request.url ?? '');
      if (page !== null) request.url = `/${page[1]}.html${request.url?.slice(page[0].length) ?? ''}`;
      next();
    });
  },
};

const server = process.env['REALTIME_SERVER'] ?? 'http://localhost:5080';

export default defineConfig({
  // The SDK's sources, so that a change in them needs no build of their own first.
  resolve: { alias: { '@realtime/sdk': here('../sdk/src/index.ts') } },
  plugins: [pagePaths],
  server: {
    proxy: {
      '/api': { target: server, ws: true },
      '/hub': { target: server, ws: true },
    },
  },
  build: {
    outDir: process.env['PAGES_OUT'] ?? here('../../.artifacts/pages'),
    emptyOutDir: true,
    // Everything stays a file of its own: the server's Content-Security-Policy allows fonts from itself alone.
    assetsInlineLimit: 0,
    rolldownOptions: { input: ['index.html', 'lab.html', 'feed.html'].map(here) },
  },
});

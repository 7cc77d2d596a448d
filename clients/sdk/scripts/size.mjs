// Bundles the SDK as a page would, without SignalR's client, and holds the gzipped size to its limit.
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';

const limit = 15_000;
const { outputFiles } = await build({
  entryPoints: [new URL('../src/index.ts', import.meta.url).pathname],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  external: ['@microsoft/signalr'],
  write: false,
});
const [bundle] = outputFiles;
const size = gzipSync(bundle.contents, { level: 9 }).length;
console.log(`${bundle.contents.length} bytes minified, ${size} bytes gzipped (limit ${limit})`);
process.exitCode = size <= limit ? 0 : 1;

/**
 * Writes the table of sizes between the marks of README.md: our builds as they are served, beside what the npm registry has of
 * others, bundled as one script (esbuild, terser) and compressed the same way. `npm run sizes`; needs the registry.
 * `npm run sizes -- --keep DIR` keeps the bundles, for `python -m tests.bench.pages --peers DIR`.
 */

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const here = new URL('./', import.meta.url);
const PEERS = ['plausible-tracker@0.3.9', '@plausible-analytics/tracker@0.4.6', '@openpanel/web@1.4.1', '@rybbit/js@0.6.2', 'ackee-tracker@5.1.3', '@snowplow/browser-tracker@4.10.1'];

const [, kept] = process.argv.slice(process.argv.indexOf('--keep') >>> 0);

const sizes = (code) => ({
  min: Buffer.byteLength(code),
  gzip: gzipSync(code, { level: 9 }).length,
  brotli: brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
});

/** A package as the script a page would load. */
async function peer(folder, name) {
  const source = `export * from '${name}'; import * as all from '${name}'; window.peer = all;`;
  const { outputFiles: [{ text }] } = await build({
    stdin: { contents: source, resolveDir: folder }, bundle: true, write: false, format: 'iife', target: 'es2017', platform: 'browser',
    external: ['rrweb', '@rrweb/*'], // session replay, loaded on demand
  });
  return (await minify(text, { ecma: 2017, toplevel: true, compress: { passes: 3 } })).code;
}

const row = (name, { min, gzip, brotli }) => `| ${name} | ${[min, gzip, brotli].map((n) => n.toLocaleString('en')).join(' | ')} |`;
const { builds } = JSON.parse(await readFile(new URL('../collector/web/static/s.json', here), 'utf8'));
const rows = [];
if (kept) await mkdir(kept, { recursive: true });
for (const { file } of Object.values(builds)) {
  rows.push(row(`**\`${file}\`**`, sizes(await readFile(new URL(`../collector/web/static/${file}`, here)))));
}
const folder = await mkdtemp(`${tmpdir()}/peers-`);
try {
  execFileSync('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...PEERS]);
  for (const spec of PEERS) {
    const name = spec.replace(/@[^@]+$/, '');
    const code = await peer(folder, name);
    rows.push(row(spec.replace(/@([^@]+)$/, ' $1'), sizes(code)));
    if (kept) await writeFile(`${kept}/${name.replace('/', '-')}.js`, code);
  }
} finally {
  await rm(folder, { recursive: true });
}
const table = ['| bytes | minified | gzip-9 | Brotli-11 |', '| --- | --- | --- | --- |', ...rows,
  '', 'Written by `npm run sizes`; packages of others as one bundle with all they export.'].join('\n');
const readme = await readFile(new URL('README.md', here), 'utf8');
await writeFile(new URL('README.md', here), readme.replace(/(<!-- sizes -->\n)[^]*(<!-- \/sizes -->)/, `$1${table}\n$2`));
console.log(table);

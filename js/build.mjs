/**
 * Builds ../collector/web/static/s.js from src/, and s.json beside it: what it was built from, how large it is,
 * and the hash a page may pin. `npm ci && npm run build`.
 */

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const here = new URL('./', import.meta.url);
const target = new URL('../collector/web/static/', here);
const digest = (algorithm, data, encoding) => createHash(algorithm).update(data).digest(encoding);

/** The digest tests compare: SHA-256 over `name NUL content NUL` of every source, in order of name. */
async function sources() {
  const names = ['build.mjs', 'package-lock.json', ...(await readdir(new URL('src/', here))).map((name) => `src/${name}`)];
  const parts = await Promise.all(names.sort().map(async (name) => `${name}\0${await readFile(new URL(name, here), 'utf8')}\0`));
  return digest('sha256', parts.join(''), 'hex');
}

const brotli = (code) => brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** Switches of the minifier that leave the meaning alone and move the compressed size by about a hundredth, each way. */
const SWITCHES = ['arrows', 'booleans_as_integers', 'comparisons', 'hoist_funs', 'negate_iife', 'unsafe', 'unsafe_arrows'];

/** The bundle, minified with every setting of the switches; the smallest on the wire is kept. */
async function compile() {
  const bundle = await build({
    entryPoints: [new URL('src/main.js', here).pathname],
    bundle: true, write: false, format: 'iife', target: 'es2017', charset: 'utf8', tsconfigRaw: '{}',
  });
  let smallest;
  for (let setting = 0; setting < 2 ** SWITCHES.length; setting++) {
    const compress = { passes: 3, ...Object.fromEntries(SWITCHES.map((name, bit) => [name, !!(setting >> bit & 1)])) };
    const { code } = await minify(bundle.outputFiles[0].text, { ecma: 2017, toplevel: true, compress });
    if (!smallest || brotli(code) < brotli(smallest)) smallest = code;
  }
  return smallest;
}

const code = await compile();
const manifest = {
  sources: await sources(),
  hash: digest('sha256', code, 'hex').slice(0, 12),
  integrity: `sha384-${digest('sha384', code, 'base64')}`,
  bytes: { min: Buffer.byteLength(code), gzip: gzipSync(code, { level: 9 }).length, brotli: brotli(code) },
};
await mkdir(target, { recursive: true });
await writeFile(new URL('s.js', target), code);
await writeFile(new URL('s.json', target), JSON.stringify(manifest, null, 2) + '\n');
console.log(manifest.bytes);

/**
 * Builds ../collector/web/static/s.js, s.lite.js, s.standard.js, s.full.js and s.cmp.js from src/, the modules of the npm package in
 * dist/, and s.json: what they were built from, how large they are, and the hashes a page may pin. `npm ci && npm run build`.
 */

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const here = new URL('./', import.meta.url);
const target = new URL('../collector/web/static/', here);
const digest = (algorithm, data, encoding) => createHash(algorithm).update(data).digest(encoding);
const { version } = JSON.parse(await readFile(new URL('package.json', here), 'utf8'));

/** What each build holds more than the one before it: the constants of src/flags.d.ts. */
const BUILDS = {
  lite: [],
  standard: ['ROUTES', 'CALLS', 'REDUCED', 'KEEP', 'LINKS', 'ENGAGEMENT'],
  default: ['LANDING', 'CONTACT', 'MIDDLE', 'FORMS', 'GCM', 'TCF'],
  full: ['EVENT', 'GPP', 'VISITOR', 'HOOKS'],
};
const FLAGS = Object.values(BUILDS).flat();

/** The digest tests compare: SHA-256 over `name NUL content NUL` of every source, in order of name. */
async function sources() {
  const found = await readdir(new URL('src/', here), { recursive: true, withFileTypes: true });
  const paths = found.filter((one) => one.isFile()).map((one) => `${one.parentPath}/${one.name}`.slice(here.pathname.length).replace('//', '/'));
  const names = ['build.mjs', 'package.json', 'package-lock.json', ...paths];
  const parts = await Promise.all(names.sort().map(async (name) => `${name}\0${await readFile(new URL(name, here), 'utf8')}\0`));
  return digest('sha256', parts.join(''), 'hex');
}

const brotli = (code) => brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** Switches of the minifier that leave the meaning of our code alone and move the compressed size by about a hundredth, each way. */
const SWITCHES = {
  arrows: true, booleans_as_integers: false, comparisons: true, hoist_funs: false, negate_iife: true, unsafe: false, unsafe_arrows: false,
  hoist_props: true, collapse_vars: true, conditionals: true, if_return: true, join_vars: true, sequences: true, inline: 3,
  reduce_funcs: true, reduce_vars: true, unsafe_comps: false, unsafe_methods: false, keep_fargs: false, lhs_constants: true,
};

/** One bundle with the flags of a build, as a classic script or as a module. */
async function bundle(entry, flags, format) {
  const define = Object.fromEntries([...FLAGS, 'MODULE'].map((flag) => [flag, String(flags.includes(flag))]));
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [new URL(`src/${entry}.js`, here).pathname],
    bundle: true, write: false, format, target: 'es2017', charset: 'utf8', tsconfigRaw: '{}', minifySyntax: true,
    define: { ...define, VERSION: JSON.stringify(version) },
  });
  return text;
}

/** Minified; a switch is turned if that is smaller on the wire, round and round until none is. `--quick`: as they are. */
async function smallest(text) {
  const minified = async (compress) => (await minify(text, { ecma: 2017, toplevel: true, compress: { passes: 3, ...compress } })).code;
  let setting = SWITCHES;
  let best = await minified(setting);
  for (let last; last != best && !process.argv.includes('--quick');) {
    last = best;
    for (const name in SWITCHES) {
      const turned = { ...setting, [name]: name == 'inline' ? 4 - setting.inline : !setting[name] };
      const code = await minified(turned);
      if (brotli(code) < brotli(best)) [best, setting] = [code, turned];
    }
  }
  return best;
}

const builds = {};

/** Writes a script and what a tag must know of it. */
async function put(name, file, code) {
  builds[name] = {
    file,
    hash: digest('sha256', code, 'hex').slice(0, 12),
    integrity: `sha384-${digest('sha384', code, 'base64')}`,
    bytes: { min: Buffer.byteLength(code), gzip: gzipSync(code, { level: 9 }).length, brotli: brotli(code) },
  };
  await writeFile(new URL(file, target), code);
  console.log(name, builds[name].bytes);
}

await mkdir(new URL('dist/', here), { recursive: true });
const flags = [];
for (const [name, more] of Object.entries(BUILDS)) {
  flags.push(...more);
  await put(name, name == 'default' ? 's.js' : `s.${name}.js`, await smallest(await bundle('script', flags, 'iife')));
}
await put('cmp', 's.cmp.js', await smallest(await bundle('cmp', [], 'iife')));
// The package is bundled and minified again by those who use it: it stays readable.
const modules = {};
for (const [name, entry, own] of [['index', 'index', [...FLAGS, 'MODULE']], ['cmp', 'inputs/platforms', []]]) {
  const code = await bundle(entry, own, 'esm');
  modules[name] = digest('sha256', code, 'hex');
  await writeFile(new URL(`dist/${name}.js`, here), code);
}
await writeFile(new URL('s.json', target), JSON.stringify({ sources: await sources(), builds, modules }, null, 2) + '\n');

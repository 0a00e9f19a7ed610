/** Builds ../collector/web/static/banner.js from banner.js, and banner.json: what it was built from. `npm ci && node banner.mjs`. */

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { minify } from 'terser';

const target = new URL('../collector/web/static/', import.meta.url);
const source = await readFile(new URL('banner.js', import.meta.url), 'utf8');
const { code } = await minify(source, { ecma: 2017, toplevel: true, compress: { passes: 3, unsafe: true } });
await writeFile(new URL('banner.js', target), code);
await writeFile(new URL('banner.json', target), JSON.stringify({ source: createHash('sha256').update(source).digest('hex') }) + '\n');

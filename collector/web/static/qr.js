/** A QR code as the server draws it, made of our own elements: its one path is a list of runs of dark modules. */

import { draw } from './element.js';

/** @param {string} svg  as the API answers */
export function qr(svg, label) {
  const code = new DOMParser().parseFromString(svg, 'image/svg+xml');
  const dark = code.querySelector('path[stroke]')?.getAttribute('d') ?? '';
  const size = /h(\d+)/.exec(code.querySelector('path[fill]')?.getAttribute('d') ?? '')?.[1] ?? '1';
  return draw('svg', { viewBox: `0 0 ${size} ${size}`, class: 'qr', role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    draw('path', { d: dark }));
}

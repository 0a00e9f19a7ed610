// What a page in TypeScript may write, and what it may not: compiled by `npm run types`, never run.
import { config, consent, flush, identify, init, on, optout, page, reset, track } from 'balise-snippet';
import { platforms } from 'balise-snippet/cmp';

init({ site: 'shop', consent: 'hybrid', params: ['size'], before: (event) => (event.name === 'x' ? null : event) });
page({ kind: 'list' }, { url: '/x' });
track('purchase', { items: 2 }, { id: 'order-1', revenue: { amount: '12.50', currency: 'EUR' } });
identify('c-1842');
reset();
consent('granted', { source: 'banner', policy: '2026-11' });
const at: number | undefined = consent()?.at;
on('event', (event) => console.log(event.name, at));
on('consent', (receipt) => console.log(receipt?.source));
optout();
flush();
config({ policy: '2026-12' });
platforms((source, answer) => { if (answer != null) consent(answer ? 'granted' : 'denied', { source }); });

// @ts-expect-error money is a text
track('purchase', {}, { revenue: { amount: 12.5, currency: 'EUR' } });
// @ts-expect-error a mode that does not exist
init({ site: 'shop', consent: 'always' });
// @ts-expect-error the site's name is required
init({});

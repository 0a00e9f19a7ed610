/** Texts, numbers and booleans: what an event may say. */
export type Props = Record<string, string | number | boolean>;

/** Money as a decimal text, never a float: `{ amount: '12.50', currency: 'EUR' }`. */
export interface Revenue {
  amount: string;
  currency: string;
}

export interface More {
  /** An id of your own, such as an order number: the collector keeps it once however often it is sent. */
  id?: string;
  /** The address the event belongs to, where it is not the one shown. */
  url?: string;
  revenue?: Revenue;
}

/** One event as it is about to leave. Times are Unix milliseconds. */
export interface BaliseEvent extends More {
  id: string;
  name: string;
  t: number;
  seq: number;
  url: string;
  referrer?: string;
  page?: string;
  user?: string | null;
  props?: Props;
}

export interface Receipt {
  state: 'granted';
  source: string;
  /** Unix milliseconds of the choice. */
  at: number;
  policy?: string;
  purposes?: string[];
  tcf?: string;
  gpp?: string;
  snippet?: string;
}

export interface Options {
  /** The site's name on the collector. */
  site: string;
  /** Address of the events route; default `/m/e` on the page's own origin. */
  endpoint?: string;
  /** The site's consent profile; default `required`: nothing before a grant. */
  consent?: 'required' | 'exempt' | 'hybrid' | 'off';
  /** The version of the notice that visitors agree to. */
  policy?: string;
  /** Which signals to heed: `none`, or names among `gcm,tcf,gpp,event`; default all of them. */
  cmp?: string;
  consentEvent?: string;
  consentPath?: string;
  consentValue?: string;
  /** False: page views only by `page()`. */
  auto?: boolean;
  /** Pages are told apart by their `#/…` route. */
  hash?: boolean;
  /** Query parameters to send besides the campaign's. */
  params?: string[] | string;
  /** An id on the device after a grant, where the collector is on another site. */
  visitor?: 'local';
  /** Sees every event before it is queued; what it returns is sent, null drops it. */
  before?: (event: BaliseEvent) => BaliseEvent | null;
}

/** Starts, once, and in a browser only: elsewhere it does nothing. */
export function init(options: Options): void;
export function page(props?: Props, more?: Pick<More, 'url'>): void;
export function track(name: string, props?: Props, more?: More): void;
/** A known customer's pseudonymous id, for later events; null: nobody. */
export function identify(id?: string | null): void;
export function reset(): void;
/** The receipt in force, if there is one. */
export function consent(): Receipt | undefined;
export function consent(
  state: 'granted' | 'denied' | 'withdrawn',
  details?: { source?: string; policy?: string; purposes?: string[]; at?: number; tcf?: string; gpp?: string },
): void;
/** The visitor objects to all measurement; `false` takes it back. */
export function optout(no?: boolean): void;
export function flush(): void;
export function on(what: 'event', act: (event: BaliseEvent) => void): void;
export function on(what: 'consent', act: (receipt: Receipt | undefined) => void): void;
export function config(more: Partial<Options>): void;

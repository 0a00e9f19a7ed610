/**
 * A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then 72 random bits; one variant nibble of the four is enough.
 * Ids in order of time keep the collector's index small; `crypto.randomUUID` gives version 4, and on https only.
 * The leading 0 holds until 2527, when the milliseconds need a twelfth digit.
 */
export const uuid = () =>
  (Date.now().toString(16).replace(/.{7}/, '0$&-') + '-7xxx-axxx-xxxxxxxxxxxx')
    .replace(/x/g, () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16));

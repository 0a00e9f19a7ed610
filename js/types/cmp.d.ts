/** What a platform says: true or false; undefined: the visitor has not chosen yet. */
export type Say = (platform: string, answer: unknown) => void;

/**
 * Listens to the consent platforms by name and calls `say` at each answer.
 * @param key what to look at in them, where it is not the usual category
 */
export function platforms(say: Say, key?: string): void;

import { shownTenant } from "../../../../src/db/tenant.ts";
import { conflict, forbidden, notFound, type Refusal } from "./refusals.ts";
import { Later } from "./told.ts";
import type { Kind, View, World } from "./world.ts";

export interface Expected {
  readonly expectedUpdatedAt?: Date | null | undefined;
}

const WORDS: Readonly<Record<Kind, string>> = {
  asset: "asset",
  workflow: "workflow",
  execution: "execution",
  edge: "dependency",
};

export const noSuch = (kind: Kind, id: string) => notFound(`No ${WORDS[kind]} has the id ${id}.`);

/**
 * The own row with an id, as the caller has read it.
 * @throws Refusal for one that is not there or not seen, that is global, or that has changed since
 */
export function ownRow<K extends Kind>(
  view: View,
  kind: K,
  id: string,
  { expectedUpdatedAt }: Expected = {},
): World[K][number] {
  const row = view.mine(kind).find((each) => each.id === id);
  const isAsRead = !expectedUpdatedAt || momentOf(row?.updatedAt)?.getTime() === expectedUpdatedAt.getTime();
  if (row !== undefined && isAsRead) return row;
  throw refused(view, kind, id);
}

function refused(view: View, kind: Kind, id: string): Refusal {
  const seen = view.find(kind, id);
  const word = WORDS[kind];
  if (seen === undefined) return noSuch(kind, id);
  if (shownTenant(seen.tenant) !== shownTenant(view.own))
    return forbidden(`The ${word} ${id} is global; only the system may change it.`);
  return conflict(`The ${word} ${id} was changed after expectedUpdatedAt; read it again.`);
}

const momentOf = (moment: Date | Later | undefined) => (moment instanceof Later ? moment.value : moment);

/** What is given of a change, null included. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Rows by their ids; the store tells them in no particular order. */
export const byId = <R extends { readonly id: string }>(rows: readonly R[]): Map<string, R> =>
  new Map(rows.map((row) => [row.id, row]));

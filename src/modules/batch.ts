import DataLoader from "dataloader";
import { EMPTY_PAGE, type Page, type PageRequest } from "../db/keyset.ts";
import { eachGroup } from "../group-by-key.ts";

/** Loads rows by id, null for what is not visible. */
export function byId<Row extends { readonly id: string }>(
  findManyByIds: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return byKey(findManyByIds, ({ id }) => id);
}

/**
 * Loads rows by a key, null for what is not visible.
 * @param keyOf the key that a row was found by
 * @param textOf tells keys apart; needed where they are no texts
 */
export function byKey<Key, Row>(
  findMany: (keys: readonly Key[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => Key,
  textOf: (key: Key) => string = String,
): DataLoader<Key, Row | null, string> {
  return new DataLoader<Key, Row | null, string>(
    async (keys) => {
      const rows = new Map((await findMany(keys)).map((row) => [textOf(keyOf(row)), row]));
      return keys.map((key) => rows.get(textOf(key)) ?? null);
    },
    { cacheKeyFn: textOf },
  );
}

/** Loads something by its parent's id, `absent` where the parent has none. */
export function byParent<Value>(
  find: (parentIds: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  absent: Value,
): DataLoader<string, Value> {
  return new DataLoader(async (parentIds) => {
    const found = await find(parentIds);
    return parentIds.map((id) => found.get(id) ?? absent);
  });
}

/** The page of one parent's rows that is wanted. */
export interface ParentPage {
  readonly parentId: string;
  readonly request: PageRequest;
}

/** Loads pages of rows by parent: one statement for all parents that are asked for the same page. */
export function pagesByParentId<Row>(
  findPages: (parentIds: readonly string[], request: PageRequest) => Promise<ReadonlyMap<string, Page<Row>>>,
): DataLoader<ParentPage, Page<Row>, string> {
  const requestKey = ({ first, after, last, before }: PageRequest) =>
    after == null && before == null ? `${first} ${last}` : JSON.stringify([first, after, last, before]);
  return new DataLoader<ParentPage, Page<Row>, string>(
    (keys) =>
      eachGroup<ParentPage, Page<Row> | Error>(
        keys,
        ({ request }) => requestKey(request),
        async (group, { request }) => {
          const parentIds = group.map(({ parentId }) => parentId);
          // A page that is refused is refused to those who asked for it, and to nobody else.
          const found = await findPages(parentIds, request).catch(asError);
          return parentIds.map((id) => (found instanceof Error ? found : (found.get(id) ?? EMPTY_PAGE)));
        },
      ),
    { cacheKeyFn: ({ parentId, request }) => `${parentId} ${requestKey(request)}` },
  );
}

/** A failure as a loader tells it to those who asked for one thing. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

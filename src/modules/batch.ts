import DataLoader from "dataloader";
import { EMPTY_PAGE, type Page, type PageRequest } from "../db/keyset.ts";
import { eachGroup } from "../group-by-key.ts";

/** Loads rows by id, null for what is not visible. */
export function byId<Row extends { readonly id: string }>(
  findManyByIds: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const rows = new Map((await findManyByIds(ids)).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
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
    JSON.stringify([first, after, last, before]);
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

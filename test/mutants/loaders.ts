import { inArea, type Mutant } from "./mutant.ts";

const BATCH = "src/modules/batch.ts";
const CONTEXT = "src/graphql/context.ts";
const REQUESTS = "test/isolation/graphql-requests.test.ts";
const OPERATIONS = "test/graphql/operations.test.ts";
const PAGES = "test/graphql/nested-connections.test.ts";
const OF_SEVERAL = "of several parents keep to their own, in the same and in different pages";

export const LOADER_MUTANTS: readonly Mutant[] = inArea("loaders", [
  {
    name: "cache-shared-between-requests",
    file: BATCH,
    from: "{ cacheKeyFn: textOf },\n  );\n}",
    to: "{ cacheKeyFn: textOf, cacheMap: SHARED },\n  );\n}\nconst SHARED = new Map();",
    killer: { file: REQUESTS, test: "of tenants that ask for the same rows at once" },
  },
  {
    name: "rows-loaded-one-by-one",
    file: BATCH,
    from: "{ cacheKeyFn: textOf },",
    to: "{ cacheKeyFn: textOf, batch: false },",
    killer: {
      file: "test/graphql/entities.test.ts",
      test: "of all types and keys take as many statements as one of each",
    },
  },
  {
    name: "loaders-shared-between-requests",
    file: CONTEXT,
    from: "return { connection, repositories, loaders: createLoaders(repositories) };\n}",
    to: "shared ??= createLoaders(repositories);\n  return { connection, repositories, loaders: shared };\n}\nlet shared: Loaders | undefined;",
    killer: { file: REQUESTS, test: "of one tenant: each request sees what was stored before it" },
  },
  {
    name: "loaders-kept-over-a-mutation",
    file: CONTEXT,
    from: "// What was read before is old after the write; and one request never holds two connections.\n      await this.#endReading();",
    to: "",
    killer: { file: OPERATIONS, test: "run in their order, and each payload shows what is stored by then" },
  },
  {
    name: "ended-loaders-used-again",
    file: CONTEXT,
    from: "this.#reading = undefined;",
    to: "",
    killer: { file: OPERATIONS, test: "run in their order, and each payload shows what is stored by then" },
  },
  {
    name: "reads-after-the-end",
    file: CONTEXT,
    from: 'if (this.#state !== "open")',
    to: 'if (this.#state === "mutating")',
    killer: { file: "test/graphql/context.test.ts", test: "that has ended reads nothing more" },
  },
  {
    name: "reads-during-a-mutation",
    file: CONTEXT,
    from: 'if (this.#state !== "open")',
    to: 'if (this.#state === "closed")',
    killer: { file: "test/graphql/context.test.ts", test: "that mutates reads nothing beside it" },
  },
  {
    name: "page-key-without-the-page",
    file: BATCH,
    from: "cacheKeyFn: ({ parentId, request }) => `${parentId} ${requestKey(request)}`",
    to: "cacheKeyFn: ({ parentId }) => parentId",
    killer: { file: PAGES, test: OF_SEVERAL },
  },
  {
    name: "page-key-without-the-parent",
    file: BATCH,
    from: "cacheKeyFn: ({ parentId, request }) => `${parentId} ${requestKey(request)}`",
    to: "cacheKeyFn: ({ request }) => requestKey(request)",
    killer: { file: PAGES, test: OF_SEVERAL },
  },
  {
    name: "page-key-without-the-cursor",
    file: BATCH,
    from: "JSON.stringify([first, after, last, before])",
    to: "JSON.stringify([first, last, before])",
    killer: { file: PAGES, test: "of one parent that begin at different cursors are told apart" },
  },
  {
    name: "first-page-given-to-all",
    file: BATCH,
    from: "({ request }) => requestKey(request),",
    to: '() => "",',
    killer: { file: PAGES, test: OF_SEVERAL },
  },
  {
    name: "lineage-key-without-its-options",
    file: "src/modules/lineage/lineage.loader.ts",
    from: "cacheKeyFn: (request) => JSON.stringify(request)",
    to: "cacheKeyFn: (request) => request.assetId",
    killer: {
      file: "test/graphql/lineage-statements.test.ts",
      test: "two fields that ask for something else of one page of assets are two walks",
    },
  },
]);

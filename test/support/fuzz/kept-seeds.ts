import { type FuzzRequest, post, TENANT } from "./request.ts";

/** What was found once. */
export interface KeptSeed {
  readonly suite: "documents" | "variables";
  /** Of the batch that it was found in; as the generators change, the seed comes to mean other requests. */
  readonly seed: number;
  readonly found: string;
  /** What it was made small to. */
  readonly request: FuzzRequest;
}

const CREATE = "mutation Asked($input: CreateAssetInput!) { createAsset(input: $input) { asset { id } } }";
const creating = (properties: string) =>
  post(
    `{"query":"${CREATE}","variables":{"input":{"name":"kept","assetType":"t","properties":${properties}}}}`,
    TENANT,
  );

const asking = (query: string) => post(JSON.stringify({ query }), TENANT);
const nested = (open: string, middle: string, close: string, depth: number) =>
  open.repeat(depth) + middle + close.repeat(depth);
const spreads = Array.from(
  { length: 5000 },
  (_, index) => `fragment F${index} on Query { ...F${index + 1} }`,
);

export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    suite: "documents",
    seed: 7,
    found: "a deep selection overflowed the parser's stack",
    request: asking(nested("{ a ", "{ a }", " }", 20_000)),
  },
  {
    suite: "documents",
    seed: 7,
    found: "a deep list literal did, even one that does not end",
    request: asking(`{ lineages(assetIds: ${"[".repeat(20_000)}`),
  },
  {
    suite: "documents",
    seed: 7,
    found: "deep questions about the schema overflowed the validation's",
    request: asking(`{ __schema { types { ${nested("fields { type { ", "name", " } }", 1000)} } } }`),
  },
  {
    suite: "documents",
    seed: 7,
    found: "a long chain of fragments overflowed the executor's",
    request: asking(`{ ...F0 } ${spreads.join(" ")} fragment F5000 on Query { __typename }`),
  },
  {
    suite: "variables",
    seed: 411016334,
    found: "a parameter that is no JSON was a 500",
    request: {
      via: "process",
      method: "GET",
      path: "/graphql?operationName=Asked&extensions=x",
      headers: TENANT,
    },
  },
  {
    suite: "variables",
    seed: 548911615,
    found: "a JSONObject that is a deep list overflowed the stack that told of it",
    request: creating(nested("[", "", "]", 10_000)),
  },
];

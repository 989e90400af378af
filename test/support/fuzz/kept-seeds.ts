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

export const KEPT_SEEDS: readonly KeptSeed[] = [
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
    request: creating("[".repeat(10_000) + "]".repeat(10_000)),
  },
];

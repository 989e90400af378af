import { describe, expect, it } from "vitest";
import { prepareApi } from "../support/graphql.ts";
import { type AssetNode, createAsset, findAsset, mutate, mutation } from "../support/graphql-operations.ts";

const api = prepareApi();

const KINDS = [
  [
    "time",
    { time: { granularity: "DAY", start: "2024-01-01T00:00:00Z", timezone: "Europe/Paris" } },
    {
      __typename: "TimePartition",
      granularity: "DAY",
      start: "2024-01-01T00:00:00.000Z",
      timezone: "Europe/Paris",
    },
  ],
  [
    "time in UTC where no time zone is given",
    { time: { granularity: "QUARTER", start: "2024-01-01T02:00:00.5+02:00" } },
    {
      __typename: "TimePartition",
      granularity: "QUARTER",
      start: "2024-01-01T00:00:00.500Z",
      timezone: "UTC",
    },
  ],
  [
    "static keys",
    { static: { keys: ["us", "eu", "apac"] } },
    { __typename: "StaticPartition", keys: ["us", "eu", "apac"] },
  ],
  [
    "range",
    { range: { start: -0.5, end: 1e12, interval: 2.25 } },
    { __typename: "RangePartition", rangeStart: -0.5, end: 1e12, interval: 2.25 },
  ],
] as const;

describe("partitionConfig", () => {
  it.each(KINDS)("by %s goes in and comes out", async (_, partitionConfig, shown) => {
    const tenant = api.newTenant();
    const asset = await createAsset(tenant, { partitionConfig });
    expect(asset.partitionConfig).toEqual(shown);
    expect(await findAsset(tenant, asset.id)).toEqual(asset);
  });

  it("changes from one kind to another", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant, { partitionConfig: KINDS[0][1] });
    for (const [, partitionConfig, shown] of KINDS) {
      const { asset } = await mutate<{ asset: AssetNode }>(tenant, "updateAsset", { id, partitionConfig });
      expect(asset.partitionConfig).toEqual(shown);
    }
  });

  it.each([
    ["two kinds", { ...KINDS[0][1], ...KINDS[2][1] }],
    ["all kinds", { ...KINDS[0][1], ...KINDS[2][1], ...KINDS[3][1] }],
    ["no kind", {}],
    ["a kind that is null", { time: null }],
    ["a kind beside one that is null", { time: null, ...KINDS[2][1] }],
    ["fields of another kind", { static: { keys: ["a"], interval: 1 } }],
    ["a kind that is not whole", { range: { start: 1, end: 2 } }],
    ["an unknown granularity", { time: { granularity: "FORTNIGHT", start: "2024-01-01T00:00:00Z" } }],
    ["a start that is no moment", { time: { granularity: "DAY", start: "2024-02-30T00:00:00Z" } }],
    ["a number that is none", { range: { start: "0", end: 2, interval: 1 } }],
  ])("with %s does not fit the schema", async (_, partitionConfig) => {
    const tenant = api.newTenant();
    const error = await tenant.refusal(mutation("createAsset"), {
      input: { name: "partitioned", assetType: "table", partitionConfig },
    });
    expect(error.extensions.code).toBe("BAD_USER_INPUT");
    expect(error.message).toMatch(/^Variable "\$input" got invalid value .* at "input\.partitionConfig/);
  });

  it.each([
    [
      "an unknown time zone",
      { time: { granularity: "DAY", start: "2024-01-01T00:00:00Z", timezone: "Mars/Olympus" } },
      "input.partitionConfig.time.timezone must be an IANA time zone, such as UTC or Europe/Paris",
    ],
    ["no keys", { static: { keys: [] } }, "input.partitionConfig.static.keys must have at least one key"],
    [
      "keys that repeat",
      { static: { keys: ["a", "b", "a"] } },
      "input.partitionConfig.static.keys[2] must not repeat",
    ],
    [
      "1,001 keys",
      { static: { keys: Array.from({ length: 1001 }, (_, index) => `k${index}`) } },
      "input.partitionConfig.static.keys must have at most 1000 keys",
    ],
    [
      "an end before the start",
      { range: { start: 2, end: 1, interval: 1 } },
      "input.partitionConfig.range.end must be greater than start",
    ],
    [
      "an interval of nothing",
      { range: { start: 1, end: 2, interval: 0 } },
      "input.partitionConfig.range.interval must be greater than 0",
    ],
  ])("with %s breaks a rule that the message names", async (_, partitionConfig, message) => {
    const tenant = api.newTenant();
    const error = await tenant.refusal(mutation("createAsset"), {
      input: { name: "partitioned", assetType: "table", partitionConfig },
    });
    expect(error.message).toBe(message);
    expect(error.extensions.code).toBe("BAD_USER_INPUT");
    expect(error.extensions.inputPath?.slice(0, 2)).toEqual(["input", "partitionConfig"]);
  });
});

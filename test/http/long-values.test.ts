import { describe, expect, it } from "vitest";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();

const long = "x".repeat(100_000);
const FILTER = "query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }";

describe("a refusal quotes the begin and the end of what is long:", () => {
  it.each<[what: string, document: string, variables: object, begin: string, end: string]>([
    [
      "a value",
      "query ($n: Int) { assets(first: $n) { totalCount } }",
      { n: long },
      'Variable "$n" got invalid value "xx',
      'xx"',
    ],
    [
      "a value in an input",
      FILTER,
      { filter: { scope: long } },
      'Variable "$filter" got',
      '"AssetScope" enum.',
    ],
    ["a key", FILTER, { filter: { [long]: 1 } }, 'Variable "$filter" got', 'by type "AssetFilter".'],
    ["a field", `{ ${long} }`, {}, 'Cannot query field "xx', 'on type "Query".'],
    [
      "a string that is an enum's",
      `{ assets(filter: { scope: "${long}" }) { totalCount } }`,
      {},
      "Enum",
      "xx",
    ],
    ["emoji", FILTER, { filter: { scope: `y${"😀".repeat(9999)}` } }, 'Variable "$filter" got', "enum."],
  ])("%s", async (_, document, variables, begin, end) => {
    const { message, extensions } = await api.asTenant("acme").refusal(document, variables);
    expect(extensions).toMatchObject({ code: "BAD_USER_INPUT" });
    expect(message.length).toBeLessThan(900);
    expect(message.isWellFormed()).toBe(true);
    expect(message.startsWith(begin)).toBe(true);
    expect(message).toContain(" … ");
    expect(message.slice(-100)).toContain(end);
  });
});

it("an input object with 50,000 fields is refused with its place", async () => {
  const filter = { tags: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, 1])) };
  expect(await api.asTenant("acme").send(FILTER, { filter })).toMatchObject({
    status: 400,
    data: undefined,
    errors: [
      {
        message: "filter.tags must not have more than 5 fields",
        extensions: { code: "BAD_USER_INPUT", inputPath: ["filter", "tags"] },
      },
    ],
  });
});

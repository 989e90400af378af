import { parse } from "graphql";
import { expect, it } from "vitest";
import { leftOutOf } from "../../src/graphql/left-out.ts";

const leftOut = (text: string) => [...leftOutOf(parse(text))].sort();

it.each([
  ["names neither", "{ asset(id: 1) { name } }", ["isLatest", "tags"]],
  ["names one", "{ asset(id: 1) { tags } }", ["isLatest"]],
  ["names it by an alias", "{ asset(id: 1) { labels: tags } }", ["isLatest"]],
  ["uses another's name for an alias", "{ asset(id: 1) { tags: name } }", ["isLatest", "tags"]],
  ["names it in a fragment", "{ workflows { ...W } } fragment W on Workflow { isLatest }", ["tags"]],
  ["names it in an inline fragment", "{ node { ... on Asset { tags } ... { isLatest } } }", []],
  [
    "names it where it may be skipped",
    "query ($no: Boolean!) { asset(id: 1) { tags @skip(if: $no) } }",
    ["isLatest"],
  ],
])("of a document that %s", (_, text, expected) => {
  expect(leftOut(text)).toEqual(expected);
});

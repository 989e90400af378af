import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { tableIn } from "../support/readme.ts";

const root = new URL("../../", import.meta.url);
const [, faults = ""] = readFileSync(new URL("docs/chaos.md", root), "utf8").split("\n## ");

it("the table of docs/chaos.md has every file of faults once, with a promise", () => {
  const rows = tableIn(faults);
  const files = rows.map(
    ([, , where = ""]) => /^\[(.+)\]\(\.\.\/test\/chaos\/\1\.test\.ts\)$/.exec(where)?.[1],
  );
  const there = readdirSync(new URL("test/chaos", root)).flatMap(
    (name) => /^(.+)\.test\.ts$/.exec(name)?.[1] ?? [],
  );
  expect(files.toSorted()).toEqual(there.toSorted());
  for (const [, promise] of rows) expect(promise).not.toBe("");
});

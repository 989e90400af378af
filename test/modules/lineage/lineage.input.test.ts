import { describe, it } from "vitest";
import type { InputPath } from "../../../src/errors.ts";
import { BAD_IDS, expectRefused, unchecked } from "../../support/bad-input.ts";
import { UNKNOWN_ID } from "../../support/factories.ts";
import { Statements } from "../../support/statements.ts";
import { prepareStorage } from "../../support/storage.ts";

const statements = new Statements();
const storage = prepareStorage({ onStatement: statements.onStatement });

describe("a walk is refused, with the path of the value and nothing sent, for", () => {
  it.each<[string, object, InputPath]>([
    ...BAD_IDS.map(([why, assetId]): [string, object, InputPath] => [
      `an id of ${why}`,
      { assetId },
      ["assetId"],
    ]),
    ["an unknown direction", { direction: "sideways" }, ["direction"]],
    ["a negative depth", { maxDepth: -1 }, ["maxDepth"]],
    ["a depth of 10,001", { maxDepth: 10_001 }, ["maxDepth"]],
    ["half a depth", { maxDepth: 0.5 }, ["maxDepth"]],
    ["no nodes", { maxNodes: 0 }, ["maxNodes"]],
    ["10,001 nodes", { maxNodes: 10_001 }, ["maxNodes"]],
    ["nodes beyond all numbers of the database", { maxNodes: 3_000_000_000 }, ["maxNodes"]],
    ["a field that is unknown", { depth: 1 }, ["depth"]],
  ])("%s", async (_, fields, inputPath) => {
    const request = { assetId: UNKNOWN_ID, ...unchecked<object>(fields) };
    await expectRefused(storage.storage, statements, ({ lineage }) => lineage.find(request), inputPath);
  });
});

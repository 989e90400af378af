import { readdirSync, readFileSync } from "node:fs";
import { isObjectType } from "graphql";
import { describe, expect, it } from "vitest";
import { databaseVariables } from "../../src/config/database.ts";
import { fairnessVariables } from "../../src/config/fairness.ts";
import { limitVariables } from "../../src/config/limits.ts";
import { declaredCost } from "../../src/graphql/cost-sizes.ts";
import { LIMIT_DEFAULTS, type Limits, limitExceeded, variableOf } from "../../src/limits.ts";
import { schema } from "../../src/modules/schema.ts";
import { tableIn } from "../support/readme.ts";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/limits.md", root), "utf8");
const tableOf = (heading: string) => tableIn(text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "");

describe("the table of docs/limits.md", () => {
  const rows = tableOf("The limits");

  it("has every limit once, in the order of the code, with its default", () => {
    const expected = Object.entries(limitVariables).map(([name, type]) => [
      `\`${name}\``,
      `\`${type.parse(undefined)}\``,
    ]);
    expect(rows.map(([name, value]) => [name, value])).toEqual(expected);
  });

  it("says that what a refusal names is LIMIT_EXCEEDED", () => {
    const names = (Object.keys(LIMIT_DEFAULTS) as (keyof Limits)[]).map(variableOf);
    for (const [name = "", , counts, answers] of rows) {
      expect(counts).not.toBe("");
      expect(answers?.includes("LIMIT_EXCEEDED")).toBe(names.includes(name.replaceAll("`", "")));
    }
    expect(limitExceeded("Too much", "maxBodyBytes").message).toBe("Too much (MAX_BODY_BYTES).");
  });
});

it("the table of turns has every variable of them, in the order of the code, with its default", () => {
  const { POOL_ACQUIRE_TIMEOUT_MS } = databaseVariables;
  const documented = tableOf("A tenant's turn").map(([name, value = ""]) => [
    name,
    /^`(\d+)`$/.exec(value)?.[1],
  ]);
  const expected = Object.entries({ ...fairnessVariables, POOL_ACQUIRE_TIMEOUT_MS }).map(([name, type]) => [
    `\`${name}\``,
    type.parse(undefined)?.toString(),
  ]);
  expect(documented).toEqual(expected);
});

it("the table of fixed limits has every number that a refusal of a lineage names", () => {
  const folder = new URL("src/modules/lineage/", root);
  const named = readdirSync(folder).flatMap((file) => {
    const code = readFileSync(new URL(file, folder), "utf8");
    const refusals = [...code.matchAll(/new LimitExceededError\(\s*`[^`]*\$\{(\w+)\}/g)];
    return refusals.map(([, limit]) => new RegExp(`const ${limit} = ([\\d_]+);`).exec(code)?.[1]);
  });
  const [, ...documented] = tableOf("Fixed limits").map(([, most = ""]) => most.replaceAll(",", "_"));
  expect(documented.sort()).toEqual(named.sort());
});

it("the table of costs has every field that declares a weight, with that weight", () => {
  const documented = tableOf("The cost of an operation").flatMap(([fields = "", costs = ""]) =>
    [...fields.matchAll(/`([A-Z]\w+\.\w+)`/g)].map(
      ([, name]) => `${name}: ${costs.replace(/item given$/, "item")}`,
    ),
  );
  const declared = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({ type, field, ...declaredCost(field) })),
    )
    .filter(({ weight, field }) => weight !== undefined && field.name !== "totalCount")
    .map(({ type, field, weight, weightPer }) => {
      const per = weightPer?.startsWith("input.") ? " for each item" : ` for each of \`${weightPer}\``;
      return `${type}.${field.name}: ${weight}${weightPer === undefined ? "" : per}`;
    });
  expect(documented.sort()).toEqual(declared.sort());
});

import { describe, expect, it } from "vitest";
import { readConfig, variables } from "../../src/config.ts";
import { ROLES } from "../../src/principal.ts";
import { sectionOf, tableIn } from "../support/readme.ts";

/** A default in the table: the code in its cell. What stands beside the code is words. */
const defaultOf = (cell: string): string | undefined => /^`([^`]+)`/.exec(cell)?.[1];

/** Those that the program computes when they are absent. */
const FOLLOW_NODE_ENV = [
  ...["AUTH_MODE", "LOG_FORMAT", "INTROSPECTION", "FIELD_SUGGESTIONS", "GRAPHIQL"],
  "SHUTDOWN_DELAY_MS",
];

describe("the configuration table of README.md", () => {
  const rows = tableIn(sectionOf("Configuration"));
  const documented = new Map(
    rows.map(([name = "", value = ""]) => [name.replaceAll("`", ""), defaultOf(value)]),
  );

  it("has every variable once, in the order of the code, and no other", () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(variables.shape).map((name) => `\`${name}\``));
  });

  it.each(Object.keys(variables.shape))("tells the default of %s", (name) => {
    const value = documented.get(name);
    // What is absent and what is given as in the table are one.
    expect(readConfig(value === undefined ? {} : { [name]: value })).toEqual(readConfig({}));
    const fallback = variables.shape[name as keyof typeof variables.shape].safeParse(undefined).data;
    expect(value === undefined).toBe(fallback === undefined && !FOLLOW_NODE_ENV.includes(name));
  });

  it.each(rows)("says what %s is", (_name, _default, meaning = "") => {
    expect(meaning).not.toBe("");
  });

  it("tells the unit of every number of milliseconds or bytes", () => {
    for (const [name = "", , meaning] of rows) {
      if (name.endsWith("_MS`")) expect(meaning).toContain("milliseconds");
      if (name.endsWith("_BYTES`")) expect(meaning).toContain("bytes");
    }
  });
});

describe("the table of roles in README.md", () => {
  it("is that of the code", () => {
    const documented = tableIn(sectionOf("Who may do what")).map(([role = "", ...cells]) => [
      role.replaceAll("`", ""),
      ["read", "write", "delete"].filter((_, column) => cells[column] === "yes"),
    ]);
    expect(documented).toEqual(Object.entries(ROLES));
  });
});

import { readFileSync } from "node:fs";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { readConfig, variables } from "../../src/config.ts";
import { classifyDatabaseError, TRANSIENT } from "../../src/db/database-error.ts";
import { RETRY_DEFAULTS, TRANSIENT_KINDS } from "../../src/db/retry.ts";
import { PATIENCE_MS } from "../../src/db/timeouts.ts";
import { TimeoutError, UnavailableError } from "../../src/errors.ts";
import { tableIn } from "../support/readme.ts";

const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
const section = page.split("\n## Timeouts, retries and cancellation\n")[1]?.split("\n## ")[0] ?? "";
const [limits = "", , retries = ""] = section.split("\n### ");
const codesIn = (text: string) => [...text.matchAll(/`([0-9A-Z]{5})`/g)].map(([, code = ""]) => code);

/** What the database says with a code means to this. */
function meaningOf(code: string): unknown {
  const cause = Object.assign(new pg.DatabaseError("provoked", 8, "error"), { code });
  return classifyDatabaseError(cause, "write").error;
}

it("the table of timeouts has the defaults of the code", () => {
  const defaults = variables.parse({});
  const rows = tableIn(limits);
  expect(rows).toHaveLength(4);
  for (const [name = "", value] of rows)
    expect(value).toBe(`\`${defaults[name.replaceAll("`", "") as keyof typeof defaults]}\``);
  expect(limits).toContain(`for ${PATIENCE_MS / 1000} s longer`);
});

describe("the table of retries", () => {
  const rows = tableIn(retries);

  it("has every kind of failure, in the order of the code, and says which are tried again unless told otherwise", () => {
    expect(rows.map(([kind]) => kind)).toEqual(
      [...TRANSIENT_KINDS.filter((kind) => kind !== "exhausted"), "exhausted"].map((kind) => `\`${kind}\``),
    );
    for (const [kind = "", , , again] of rows) {
      const isDefault = readConfig({}).database.retry.kinds.some((each) => `\`${each}\`` === kind);
      expect(again?.startsWith("only where")).toBe(!isDefault);
    }
    expect(RETRY_DEFAULTS.kinds).not.toContain("exhausted");
  });

  it("has every SQLSTATE with its kind", () => {
    const told = rows.flatMap(([kind, , codes = ""]) => codesIn(codes).map((code) => [code, kind]));
    expect(new Map(told.map(([code = "", kind = ""]) => [code, kind.replaceAll("`", "")]))).toEqual(
      new Map(Object.entries(TRANSIENT)),
    );
    expect(meaningOf("08006")).toMatchObject({ transient: "interrupted" });
  });

  it("is followed by those that are never tried again", () => {
    const never = codesIn(retries.slice(retries.indexOf("Nothing else is")));
    expect(never).toEqual(["57014", "25P03", "25P04", "42501"]);
    for (const code of [...never, "22003", "23505"])
      expect(meaningOf(code)).not.toBeInstanceOf(UnavailableError);
    for (const code of never.slice(0, 3)) expect(meaningOf(code)).toBeInstanceOf(TimeoutError);
  });
});

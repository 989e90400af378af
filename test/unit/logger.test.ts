import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { collectLogLines } from "../support/log-lines.ts";

/** As PostgreSQL tells it, values and all. */
function databaseError(): pg.DatabaseError {
  const error = new pg.DatabaseError("null value breaks a rule", 100, "error");
  return Object.assign(error, {
    ...{ code: "23502", severity: "ERROR", table: "assets", column: "name", routine: "ExecConstraints" },
    ...{ detail: "Failing row contains (secret).", where: "secret", hint: "secret", internalQuery: "secret" },
  });
}

const told = (error: unknown) => {
  const { lines, logger } = collectLogLines();
  logger.error({ error }, "Failed");
  return lines[0]?.error as Record<string, unknown>;
};

describe("the log tells of an error", () => {
  it("its type, message, stack and code", () => {
    class OddError extends Error {}
    const error = Object.assign(new OddError("odd"), { code: "EODD", body: "secret" });
    expect(told(error)).toEqual({
      type: "OddError",
      message: "odd",
      stack: expect.stringMatching(/^Error: odd\n {4}at /),
      code: "EODD",
    });
  });

  it("its causes, and those of an error that stands for several", () => {
    const refused = ["::1", "127.0.0.1"].map((host) => new Error(`refused ${host}`));
    const cause = Object.assign(new AggregateError(refused, "several"), { message: "" });
    const error = new TypeError("fetch failed", { cause });
    expect(told(error)).toMatchObject({
      type: "TypeError",
      message: "fetch failed: refused ::1; refused 127.0.0.1",
      stack: expect.stringContaining("\ncaused by: AggregateError"),
    });
    const endless = new Error("endless");
    endless.cause = endless;
    expect(String(told(endless).message).length).toBeLessThan(100);
  });

  it("of the database what names its rule, and nothing that quotes a row", () => {
    const shown = {
      ...{ type: "DatabaseError", message: "null value breaks a rule", stack: expect.any(String) },
      ...{ code: "23502", severity: "ERROR", table: "assets", column: "name", routine: "ExecConstraints" },
    };
    expect(told(databaseError())).toEqual(shown);
    // Drizzle's own message shows SQL and parameters.
    expect(told(new DrizzleQueryError("SELECT secret", ["secret"], databaseError()))).toEqual(shown);
    expect(told(new Error("x", { cause: databaseError() })).stack).not.toContain("secret");
  });

  it("no password of an address", () => {
    const text = JSON.stringify(told(new Error("no such host: postgres://me:secret@db.example/servo")));
    expect(text).toContain("postgres://…@db.example/servo");
    expect(text).not.toContain("secret");
  });

  it("as it is told, where it has been described already", () => {
    const described = { type: "DatabaseError", message: "m", stack: "s", code: "42P01" };
    expect(told(described)).toEqual(described);
    expect(told("ConflictError")).toBe("ConflictError");
  });
});

describe("what is given to the logger by mistake is not told:", () => {
  const hostile = {
    ...{ authorization: "Bearer secret", Authorization: "Bearer secret", "proxy-authorization": "secret" },
    ...{ cookie: "secret", "set-cookie": "secret", headers: { accept: "secret" } },
    ...{ password: "secret", ownerPassword: "secret", secret: "secret", clientSecret: "secret" },
    ...{ token: "secret", accessToken: "secret", apiKey: "secret", "x-api-key": "secret", api_key: "secret" },
    ...{ variables: { input: { name: "secret" } }, params: ["secret"] },
  };

  it.each([
    ["a field", hostile],
    ["a field within another", { span: { name: "asset.insert", ...hostile } }],
    ["deep down", { a: { b: [{ c: hostile }] } }],
    ["deeper than any field of ours", { a: { b: { c: { d: { e: { f: { g: "secret" } } } } } } }],
    ["of an error", { error: Object.assign(new Error("m"), hostile) }],
  ])("%s", (_, fields) => {
    const { lines, logger } = collectLogLines();
    logger.info({ ...fields, kept: 1 }, "Told");
    expect(lines).toMatchObject([{ message: "Told", kept: 1 }]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it("what refers to itself", () => {
    const { lines, logger } = collectLogLines();
    const endless: Record<string, unknown> = { name: "endless" };
    endless.itself = endless;
    logger.info({ endless }, "Told");
    expect(lines).toMatchObject([{ message: "Told", endless: { name: "endless" } }]);
  });
});

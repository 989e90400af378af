import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { survivors } from "../support/embedded-server.ts";
import { prepareProgram, refusalLine, warningsOf } from "../support/program.ts";
import { WRONG_VALUES } from "../support/wrong-values.ts";

const test = prepareProgram();

describe.concurrent("a wrong value", () => {
  /** One of each part of the configuration; that every one of all variables is refused is seen without a program. */
  const others = [
    ...["DATABASE_URL", "JWT_PUBLIC_KEY", "LOG_LEVEL", "TENANT_MAX_CONCURRENCY"],
    ...["MAX_COST", "GRAPHIQL", "METRICS_PORT", "OTEL_TRACES_SAMPLER"],
  ];

  it.each([["PORT", "serve"], ["PORT", "migrate"], ...others.map((name) => [name, "migrate"])])(
    "of %s ends %s with one line that names it and exit code 2",
    async (name = "", command = "") => {
      const outcome = await test.run([command], { [name]: WRONG_VALUES[name]?.[0] ?? "" });
      expect(outcome.code).toBe(2);
      expect(refusalLine(outcome)).toMatch(new RegExp(`^servo-storage: ${name} must `));
    },
  );
});

describe("DATA_DIR", () => {
  it("that cannot be used ends the program with one line that names it", async () => {
    const outcome = await test.run(["serve"], { DATA_DIR: "/dev/null", PORT: "0" });
    expect(outcome.code).toBe(2);
    expect(refusalLine(outcome)).toMatch(/DATA_DIR/);
  });
});

describe("HOST", () => {
  it.concurrent.each(["0.0.0.0", "example.com"])("%s is refused in header mode", async (host) => {
    const outcome = await test.run(["serve"], { HOST: host, DATA_DIR: "/dev/null" });
    expect(outcome.code).toBe(2);
    expect(refusalLine(outcome)).toMatch(/^servo-storage: HOST must .*ALLOW_INSECURE_HEADER_AUTH=1$/);
  });

  it("that others can reach is allowed by ALLOW_INSECURE_HEADER_AUTH=1, and warned about", async () => {
    const folder = test.folder();
    const { program, url } = await test.serve({
      DATA_DIR: join(folder, "data"),
      HOST: "0.0.0.0",
      ALLOW_INSECURE_HEADER_AUTH: "1",
    });
    const { port } = new URL(url);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    expect(await warningsOf(program)).toEqual([
      expect.stringContaining("every client may act as any tenant"),
    ]);
    expect(await survivors(folder)).toEqual([]);
  });

  it("that is none of this machine's ends the program with one line", async () => {
    const folder = test.folder();
    const outcome = await test.run(["serve"], {
      DATA_DIR: join(folder, "data"),
      HOST: "192.0.2.1",
      ALLOW_INSECURE_HEADER_AUTH: "1",
      LOG_LEVEL: "silent",
    });
    expect(outcome.code).toBe(1);
    expect(refusalLine(outcome)).toMatch(/HOST.*192\.0\.2\.1/);
    expect(await survivors(folder)).toEqual([]);
  });
});

describe.concurrent("a missing variable", () => {
  const url = "postgres://nobody:secret@127.0.0.1:1/servo";

  it.each([
    ["serve with MIGRATE_ON_START=1", ["serve"], { MIGRATE_ON_START: "1", DATABASE_URL: url }],
    ["migrate", ["migrate"], { DATABASE_URL: url }],
  ])("DATABASE_OWNER_URL ends %s with one line and exit code 2", async (_, args, environment) => {
    const outcome = await test.run(args, environment);
    expect(outcome.code).toBe(2);
    expect(refusalLine(outcome)).toMatch(/^servo-storage: DATABASE_OWNER_URL is needed for /);
  });
});

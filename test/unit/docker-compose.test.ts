import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readConfig, variables } from "../../src/config.ts";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string(),
  stop_grace_period: z.string().optional(),
});

/** As Docker Compose reads it where none of its variables is set: strings that stay strings, `${NAME:-default}` filled in. */
const compose = z
  .object({
    services: z.object({ postgres: service, migrate: service, api: service }),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(read("docker-compose.yml").replace(/\$\{[A-Z_]+:-([^}]+)\}/g, "$1")));
const { postgres, migrate, api } = compose.services;

const instructions = read("Dockerfile")
  .replaceAll("\\\n", " ")
  .split("\n")
  .filter((line) => /^[A-Z]/.test(line))
  .map((line) => ({
    instruction: line.split(" ", 1)[0] ?? "",
    rest: line.slice(line.indexOf(" ") + 1).trim(),
  }));
/** The last stage is the image. */
const image = instructions.slice(instructions.findLastIndex(({ instruction }) => instruction === "FROM"));
const argumentOf = (name: string) => image.findLast(({ instruction }) => instruction === name)?.rest ?? "";
const imageEnvironment = Object.fromEntries(
  argumentOf("ENV")
    .split(" ")
    .map((pair) => pair.split("=", 2)),
) as Record<string, string>;

describe("docker-compose.yml", () => {
  test("the database is one that is supported, keeps its data, and is reached by the network only", () => {
    expect(Number(/^postgres:([0-9]+)$/.exec(postgres.image)?.[1])).toBeGreaterThanOrEqual(15);
    expect(postgres.volumes).toEqual(["postgres-data:/var/lib/postgresql/data"]);
    expect(compose.volumes).toHaveProperty("postgres-data");
    expect(postgres.ports).toEqual([]);
    expect(postgres.healthcheck?.test).toContain("pg_isready");
  });

  test("the migration runs once, when the database is ready", () => {
    expect(migrate.command).toEqual(["node", "dist/main.js", "migrate"]);
    expect(migrate.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
    expect(migrate.restart).toBe("no");
  });

  test("the API starts when the migration has succeeded", () => {
    expect(api.depends_on).toEqual({
      postgres: { condition: "service_healthy" },
      migrate: { condition: "service_completed_successfully" },
    });
    expect(api.image).toBe(migrate.image);
  });

  test.each(Object.entries({ migrate, api }))(
    "%s is given variables that the program knows, with values it takes",
    (_, { environment }) => {
      expect(Object.keys(variables.shape)).toEqual(expect.arrayContaining(Object.keys(environment)));
      expect(() => readConfig({ ...imageEnvironment, ...environment })).not.toThrow();
    },
  );

  test("the migration connects as the owner of the database, and makes the role that the API connects as", () => {
    const owner = new URL(migrate.environment.DATABASE_OWNER_URL ?? "");
    expect([owner.hostname, owner.pathname]).toEqual(["postgres", `/${postgres.environment.POSTGRES_DB}`]);
    expect([owner.username, owner.password]).toEqual([
      postgres.environment.POSTGRES_USER,
      postgres.environment.POSTGRES_PASSWORD,
    ]);
    const application = new URL(api.environment.DATABASE_URL ?? "");
    expect(application.href).toBe(migrate.environment.DATABASE_URL);
    expect([application.hostname, application.pathname]).toEqual([owner.hostname, owner.pathname]);
    expect(application.username).not.toBe(owner.username);
    expect(api.environment).not.toHaveProperty("DATABASE_OWNER_URL");
  });

  test("the API listens in its container, and this machine alone reaches it", () => {
    const config = readConfig({ ...imageEnvironment, ...api.environment });
    expect(config).toMatchObject({ host: "0.0.0.0", authMode: "header", allowInsecureHeaderAuth: true });
    expect(api.ports).toEqual([`127.0.0.1:4000:${config.port}`]);
  });

  test("the API may end in its own time", () => {
    const { shutdownDelayMs, shutdownTimeoutMs } = readConfig({ ...imageEnvironment, ...api.environment });
    const graceMs = Number.parseInt(api.stop_grace_period ?? "", 10) * 1000;
    expect(graceMs).toBeGreaterThan(shutdownDelayMs + shutdownTimeoutMs);
  });
});

describe("Dockerfile", () => {
  test("the image serves, as a user without rights", () => {
    const command: string[] = JSON.parse(argumentOf("CMD"));
    expect(command).toEqual(["node", "--max-semi-space-size=32", "dist/main.js", "serve"]);
    const { scripts } = JSON.parse(read("package.json"));
    expect(scripts.start).toMatch(new RegExp(`exec ${command.join(" ")}$`));
    expect(argumentOf("USER")).toBe("node");
    expect(imageEnvironment).toMatchObject({ HOST: "0.0.0.0", NODE_ENV: "production" });
    // Whoever runs it says who asks.
    expect(readConfig(imageEnvironment).authMode).toBeUndefined();
  });

  test("it is healthy when it is ready", () => {
    const command = argumentOf("HEALTHCHECK").split(" CMD ")[1] ?? "";
    const [program, , script] = z.tuple([z.string(), z.string(), z.string()]).parse(JSON.parse(command));
    expect(program).toBe("node");
    expect(script).toContain("/health/ready");
  });

  test("the image has production dependencies without an embedded PostgreSQL", () => {
    const installations = instructions
      .filter(({ rest }) => rest.startsWith("npm ci"))
      .map(({ rest }) => rest);
    expect(installations.at(-1)).toBe("npm ci --ignore-scripts --omit=dev --omit=optional");
    const modules = image.filter(({ rest }) => rest.includes("node_modules")).map(({ rest }) => rest);
    expect(modules).toEqual(["--from=dependencies /app/node_modules node_modules"]);
  });

  test("what is copied exists and is not ignored", () => {
    const sources = instructions
      .filter(({ instruction, rest }) => instruction === "COPY" && !rest.startsWith("--from"))
      .flatMap(({ rest }) => rest.split(" ").slice(0, -1));
    const ignored = read(".dockerignore").split("\n");
    for (const source of sources) {
      expect(existsSync(new URL(`../../${source}`, import.meta.url)), source).toBe(true);
      expect(ignored, source).toContain(`!${source}`);
    }
  });
});

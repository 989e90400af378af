import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import { dbtManifest } from "../support/dbt-manifest.ts";
import { mutation } from "../support/graphql-operations.ts";
import { alterDatabase } from "../support/owner.ts";
import { type Outcome, prepareProgram } from "../support/program.ts";
import { prepareStorage } from "../support/storage.ts";
import { AUDIENCE, ISSUER, SECRET, secondsFromNow, sign } from "../support/tokens.ts";

const test = prepareProgram();
const storage = prepareStorage();

/** Those of some secrets that a program has printed, as they are or as they stand in a URL. */
function printed({ stdout, stderr }: Outcome, secrets: readonly string[]): string[] {
  const text = `${stdout}${stderr}`;
  expect(text).not.toBe("");
  return secrets.filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));
}

const passwordOf = (url: string) => decodeURIComponent(new URL(url).password);

const HEADERS = {
  "content-type": "application/json",
  "x-tenant-id": "acme",
  authorization: "Bearer secret-token",
  cookie: "session=secret-cookie",
  "x-api-key": "secret-key",
};
const INPUT = {
  name: "secret-name",
  assetType: "secret-type",
  owner: "secret-owner",
  description: "secret-description",
  tags: ["secret-tag"],
  properties: { "secret-property": "secret-value" },
};

/** A page so long that a thread executes it. */
const HEAVY = `query Heavy($after: String) {
  assets(first: 1000, after: $after, filter: { name: { contains: "secret-" } }) { nodes { id name tags } } }`;

/** Asks in every way that could make a program talk: what works, what is refused, what fails. */
async function provoke(url: string, authorization = HEADERS.authorization): Promise<void> {
  const common = { ...HEADERS, authorization };
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/graphql`, { method: "POST", headers: { ...common, ...headers }, body }).then((answer) =>
      answer.text(),
    );
  const send = (query: string, variables: object = {}) => post(JSON.stringify({ query, variables }));
  const create = mutation("createAsset");
  // Stored, in conflict with that, refused by a rule, and refused by its type.
  await send(create, { input: INPUT });
  await send(create, { input: INPUT });
  await send(create, { input: { ...INPUT, name: "secret-name\u0000" } });
  await send(create, { input: { ...INPUT, owner: { no: "secret-object" } } });
  await send('{ assetByName(name: "secret-literal") { id } asset(id: "secret-id") { id } }');
  await send(HEAVY);
  await send(HEAVY, { after: "secret-cursor" });
  await send('{ assetByName(name: "secret-argument", nope: "secret-argument") { id } }');
  await post('{ "query": "{ assets { totalCount } }", "secret-json');
  await post("secret-body", { "content-type": "text/plain" });
  await post(JSON.stringify({ query: "{ __typename }" }), { "x-tenant-id": "secret tenant" });
  await post(JSON.stringify({ query: "{ __typename }" }), { "x-servo-role": "secret-role" });
  const query = encodeURIComponent('{ assetByName(name: "secret-query") { id } }');
  for (const path of [
    `graphql?query=${query}`,
    "health/ready?token=secret-probe",
    "nope?token=secret-address",
  ])
    await fetch(`${url}/${path}`, { headers: common }).then((answer) => answer.text());
}

describe("a program that serves at LOG_LEVEL=trace prints no secret", () => {
  it.each(["json", "pretty"])("of its environment, of a header or of a request, as %s", async (format) => {
    const { applicationUrl, ownerUrl } = storage.database;
    const { url, program } = await test.serve({
      DATABASE_URL: applicationUrl,
      DATABASE_OWNER_URL: ownerUrl,
      MIGRATE_ON_START: "1",
      LOG_LEVEL: "trace",
      LOG_FORMAT: format,
      SLOW_OPERATION_MS: "0",
      RETRY_ATTEMPTS: "1",
      HEAVY_WORKERS: "1",
    });
    await provoke(url);
    // What nobody foresaw, and a rule of the database that validation does not know.
    await alterDatabase(
      storage.database,
      `ALTER TABLE assets ADD CONSTRAINT unforeseen CHECK (owner <> 'secret-owner') NOT VALID`,
    );
    await provoke(url);
    await alterDatabase(storage.database, "ALTER TABLE assets DROP CONSTRAINT unforeseen");
    await alterDatabase(storage.database, "ALTER TABLE asset_tags RENAME TO hidden_tags");
    await provoke(url);
    await alterDatabase(storage.database, "ALTER TABLE hidden_tags RENAME TO asset_tags");
    // And connections that are lost while nobody uses them.
    await withClient(applicationUrl, (client) =>
      client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'servo-storage' AND datname = current_database() AND pid <> pg_backend_pid()",
      ),
    );
    await program.untilItSays(/Database connection lost while idle/);
    const outcome = await program.end();
    for (const told of ["Constraint violation", "Unexpected database error", "Slow database operation"])
      expect(outcome.stdout).toContain(told);
    const secrets = [passwordOf(applicationUrl), passwordOf(ownerUrl)].filter((password) => password !== "");
    expect(printed(outcome, ["secret", ...secrets])).toEqual([]);
  });

  it("of a token, and of the key that it is signed with", async () => {
    const key = Buffer.from(SECRET).toString();
    const { url, program } = await test.serve({
      DATABASE_URL: storage.database.applicationUrl,
      LOG_LEVEL: "trace",
      SLOW_OPERATION_MS: "0",
      AUTH_MODE: "jwt",
      JWT_SECRET: key,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWT_TENANT_CLAIM: "tenant",
    });
    const tokens = [
      await sign({ note: "secret-claim" }),
      await sign({ exp: secondsFromNow(-300) }),
      await sign({}, { key: Buffer.from(key).reverse() }),
      await sign({ tenant: "secret tenant" }),
      await sign({ roles: ["secret-role"] }),
    ];
    for (const token of tokens) await provoke(url, `Bearer ${token}`);
    const outcome = await program.end();
    for (const told of ['"tenant_id":"acme"', '"status":401', '"operation_name":"Heavy"'])
      expect(outcome.stdout).toContain(told);
    const parts = tokens.flatMap((token) => token.split(".").slice(1));
    expect(printed(outcome, ["secret-", key, ...parts])).toEqual([]);
  });

  it("that its embedded database has made for itself", async () => {
    const folder = test.folder();
    const { url, program } = await test.serve({ DATA_DIR: folder, LOG_LEVEL: "trace" });
    await provoke(url);
    const secrets = Object.values(
      JSON.parse(readFileSync(join(folder, "secret.json"), "utf8")) as object,
    ).map(String);
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    expect(printed(await program.end(), ["secret-", ...secrets])).toEqual([]);
  });
});

describe.concurrent("a program that cannot start prints no password", () => {
  const password = "Secret/p@ss:w ö'\"\\";
  const encoded = encodeURIComponent(password);
  const silent = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
    const outcome = await test.run(args, { LOG_LEVEL: "trace", ...environment });
    expect(outcome.code).not.toBe(0);
    expect(printed(outcome, ["Secret", password])).toEqual([]);
  };

  it.each<[string, (owner: URL) => string]>([
    ["that is wrong", ({ username, host }) => `postgres://${username}:${encoded}@${host}/postgres`],
    ["of a role that is not there", ({ host }) => `postgres://stranger:${encoded}@${host}/postgres`],
    ["of a host that does not answer", () => `postgres://servo:${encoded}@127.0.0.1:1/servo`],
    ["of a host that is not there", () => `postgres://servo:${encoded}@nowhere.invalid/servo`],
    ["given as a parameter", () => `postgres://servo@127.0.0.1:1/servo?password=${encoded}`],
  ])("%s", async (_, urlOn) => {
    const url = urlOn(new URL(storage.database.ownerUrl));
    await silent(["migrate"], { DATABASE_OWNER_URL: url });
    // Connects as serve does, and starts in a third of its time.
    const manifest = join(test.folder(), "manifest.json");
    writeFileSync(manifest, JSON.stringify(dbtManifest({ models: [{ name: "orders" }] })));
    await silent(["import", "dbt", manifest, "--tenant", "acme"], { DATABASE_URL: url });
  });

  it.each([
    ["in a URL of another kind", `mysql://servo:${encoded}@127.0.0.1/servo`],
    ["in what is no URL", `servo:${encoded}@127.0.0.1/servo`],
    ["that was not encoded", `postgres://servo:${password}@127.0.0.1:1/servo`],
    ["with a lone % in it", "postgres://servo:Secret%@127.0.0.1:1/servo"],
    ["that looks like a port", "postgres://servo:Secret/x@127.0.0.1:1/servo"],
  ])("%s", (_, url) => silent(["migrate"], { DATABASE_URL: url }));
});

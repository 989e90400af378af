import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { PostgresStorage } from "../../src/storage.ts";
import { withDatabase } from "../setup/connection.ts";
import { packageFolder } from "../support/built-package.ts";
import { query } from "../support/embedded-server.ts";
import { findInstalledPostgres, prepareInstalledPostgres } from "../support/installed-postgres.ts";
import {
  DATABASE_FORM,
  REFERENCE_FORM,
  TABLE_FORM,
  UPWARD_FORM,
} from "../support/isolation/catalogue-checks.ts";
import { OWNERSHIP, RIGHTS } from "../support/isolation/right-checks.ts";
import { Stage } from "../support/isolation/stage.ts";
import { operationsSubsection } from "../support/operations-page.ts";
import { prepareProgram } from "../support/program.ts";
import { codeIn } from "../support/readme.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import type { Party } from "../support/storage.ts";
import { storedDigest } from "../support/transfer.ts";

const programs = findInstalledPostgres();
if (programs === undefined)
  process.stderr.write(
    "Backup and restore were not tested: there is no whole PostgreSQL (15 or later) installed.\n",
  );

const test = prepareProgram();
const source = prepareInstalledPostgres(programs);
const target = prepareInstalledPostgres(programs);
let folder: string;

/** Without its database. */
const serverOf = ({ superuser }: { superuser: string }) => superuser.replace(/\/[^/]*$/, "");

/** What the target's roles connect with once the source's are there: they keep their passwords. */
const restored = () => {
  const { host } = new URL(target().superuser);
  const moved = (url: string) => Object.assign(new URL(url), { host }).href;
  return { owner: moved(source().owner), application: moved(source().application) };
};

function environment(): Record<string, string> {
  const backup = Object.assign(new URL(source().superuser), { username: "servo_backup", password: "secret" });
  return {
    PATH: `${programs}${delimiter}${process.env.PATH}`,
    SERVER: serverOf(source()),
    NEW_SERVER: serverOf(target()),
    BACKUP_URL: backup.href,
    DATABASE_URL: source().application,
    NEW_OWNER_URL: restored().owner,
    NEW_APPLICATION_URL: restored().application,
  };
}

async function run(script: string): Promise<string> {
  const npx = `npx() { shift; "${process.execPath}" "${join(packageFolder, "dist", "main.js")}" "$@"; }`;
  const { stdout } = await promisify(execFile)("bash", ["-c", `set -euo pipefail\n${npx}\n${script}`], {
    cwd: folder,
    env: environment(),
  });
  return stdout;
}

const commands = (heading: string, language = "sh") =>
  codeIn(operationsSubsection(heading, "Backup and restore"), language);

interface Urls {
  readonly owner: string;
  readonly application: string;
}

const databaseOf = ({ owner, application }: Urls) => ({
  database: { ownerUrl: owner, applicationUrl: application, drop: async () => {} },
});

const TENANTS = ["acme", "globex", null] as const;
const digests = (urls: Urls) => Promise.all(TENANTS.map((tenant) => storedDigest(databaseOf(urls), tenant)));

describe.skipIf(programs === undefined)("what docs/operations.md says of backups:", () => {
  let before: unknown[];

  beforeAll(async () => {
    folder = test.folder();
    const { owner, application } = source();
    expect((await test.run(["migrate"], { DATABASE_OWNER_URL: owner, DATABASE_URL: application })).code).toBe(
      0,
    );
    const storage = new PostgresStorage(application);
    const system: Party = { id: null, run: (work, options) => storage.withSystem(work, options) };
    await storeGlobalRows({ system });
    for (const id of ["acme", "globex"])
      await storeRichTenant({ id, run: (work, options) => storage.withTenant(id, work, options) });
    await storage.close();
    await query(source().superuser, commands("Who may dump", "sql"));
    before = await digests(source());
    // As it is where nobody has begun.
    await query(`${serverOf(target())}/postgres`, "DROP DATABASE servo");
    await query(`${serverOf(target())}/postgres`, "DROP ROLE servo_owner");
  });

  it("the owner cannot dump, and would leave out every row if it insisted", async () => {
    const dump = `pg_dump --dbname="${source().owner}" --data-only --table=assets`;
    await expect(run(dump)).rejects.toThrow("query would be affected by row-level security policy");
    const insisting = await run(`${dump} --enable-row-security`);
    expect(/^COPY public\.assets .*\n((?:.*\n)*?)\\\.$/m.exec(insisting)?.[1]).toBe("");
  });

  it("a dump is made and restored into an empty server, with all roles, rights and rows", async () => {
    await run(commands("Dump"));
    expect(await run(commands("Restore"))).toMatch(/^(?:\d{4}_\w+ +applied\n)+$/);
    expect(await digests(restored())).toEqual(before);
  });

  it("the owner restores it, too, where the roles are there", async () => {
    const owner = withDatabase(source().owner, "second");
    await query(source().owner, "CREATE DATABASE second");
    await run(`pg_restore --dbname="${owner}" --no-owner --exit-on-error servo.dump`);
    expect(await digests({ ...source(), owner })).toEqual(before);
  });

  it("the restored database is served, and keeps tenants apart", async () => {
    const service = await test.serve({ DATABASE_URL: restored().application });
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    const count = (tenant: string) =>
      service.graphql<{ assets: { totalCount: number } }>(
        "{ assets(filter: { scope: OWN }) { totalCount } }",
        tenant,
      );
    expect([await count("acme"), await count("nobody")]).toEqual([
      { assets: { totalCount: 3 } },
      { assets: { totalCount: 0 } },
    ]);
    expect((await service.program.end()).code).toBe(0);
  });

  it("one tenant comes back from it, and nobody else's rows change", async () => {
    const storage = new PostgresStorage(source().application);
    await storage.withTenant("acme", async ({ assets }) => {
      await assets.insert({ name: "written since", assetType: "table" });
      const report = await assets.findByName("report");
      await assets.update(report?.id ?? "", { owner: "somebody else" });
    });
    await storage.close();
    expect(await digests(source())).not.toEqual(before);
    await run(commands("One tenant"));
    expect(await digests(source())).toEqual(before);
  });

  it("the restored catalogue is that of the design", async () => {
    const { database } = databaseOf(restored());
    const stage = await Stage.open(database);
    const checks = [
      ...[...TABLE_FORM, ...REFERENCE_FORM, ...UPWARD_FORM, ...DATABASE_FORM],
      ...[...RIGHTS, ...OWNERSHIP],
    ];
    try {
      for (const { name, violations } of checks) expect([name, await violations(stage)]).toEqual([name, []]);
    } finally {
      await stage.close();
    }
  });
});

it("the embedded database is backed up by a copy of its folder, while nobody uses it", async () => {
  const original = test.folder();
  const copy = join(test.folder(), "copy");
  const first = await test.serve({ DATA_DIR: original });
  await first.graphql('mutation { createAsset(input: { name: "kept", assetType: "t" }) { asset { id } } }');
  await first.program.end();
  await promisify(execFile)("cp", ["-a", original, copy]);
  const second = await test.serve({ DATA_DIR: copy });
  expect(await second.graphql('{ assetByName(name: "kept") { name } }')).toEqual({
    assetByName: { name: "kept" },
  });
  await second.program.end();
}, 60_000);

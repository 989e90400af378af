import { beforeAll, describe, expect, it } from "vitest";
import { newestMigration } from "../../src/db/migration-state.ts";
import { alterDatabase } from "../support/owner.ts";
import { type Outcome, prepareProgram } from "../support/program.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import { prepareStorage } from "../support/storage.ts";
import { storedDigest } from "../support/transfer.ts";

const storage = prepareStorage();
const test = prepareProgram();

/** What the next version may do to a database that this one still serves: it adds, and takes nothing away. */
const EXPANSION = `
  ALTER TABLE assets ADD COLUMN colour text;
  ALTER TABLE asset_tags ADD COLUMN position integer NOT NULL DEFAULT 0;
  ALTER TABLE workflows ADD COLUMN retries integer NOT NULL DEFAULT 3, ADD COLUMN trigger jsonb;
  ALTER TABLE workflow_assets ADD COLUMN note text;
  ALTER TABLE executions ADD COLUMN attempt integer NOT NULL DEFAULT 1;
  ALTER TABLE asset_dependencies ADD COLUMN weight numeric;
  ALTER TABLE asset_dependency_history ADD COLUMN weight numeric;
  CREATE INDEX assets_colour ON assets (tenant_id, colour, id);
  CREATE TABLE notes (tenant_id text NOT NULL, id uuid NOT NULL, body text, PRIMARY KEY (tenant_id, id));
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO servo_app`;

const environment = () => ({
  DATABASE_OWNER_URL: storage.database.ownerUrl,
  DATABASE_URL: storage.database.applicationUrl,
});
const run = (...args: string[]): Promise<Outcome> => test.run(args, environment());

describe("on a database that the next version has migrated, this version", () => {
  beforeAll(async () => {
    const { when } = await newestMigration();
    await alterDatabase(
      storage.database,
      `${EXPANSION}; INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('next', ${when + 1})`,
    );
    await storeGlobalRows(storage);
  });

  it("serves, is ready, and says in the log that it is the older", async () => {
    const service = await test.serve(environment());
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    await service.graphql(`mutation {
      createAsset(input: { name: "a", assetType: "t", tags: ["x"] }) { asset { id } }
      createWorkflow(input: { name: "w" }) { workflow { id } }
    }`);
    expect(await service.graphql('{ assetByName(name: "a") { name tags upstream { totalCount } } }')).toEqual(
      {
        assetByName: { name: "a", tags: ["x"], upstream: { totalCount: 0 } },
      },
    );
    const { code, stdout } = await service.program.end();
    expect(code).toBe(0);
    expect(stdout).toContain('"migrations":1,"message":"The database is newer than this version"');
  });

  it("stores rows of every kind, moves them, purges them and deletes them", async () => {
    const tenant = storage.newTenant();
    await storeRichTenant(tenant);
    const before = await storedDigest(storage, tenant.id);
    const file = `${test.folder()}/tenant.jsonl`;
    expect((await run("tenant", "export", tenant.id, "--output", file)).code).toBe(0);
    expect((await run("tenant", "import", file, "--tenant", "copy")).code).toBe(0);
    expect(await storedDigest(storage, "copy")).toEqual(before);
    expect((await run("purge", "--tenant", "copy", "--older-than", "1h")).code).toBe(0);
    expect((await run("tenant", "delete", "copy", "--yes")).code).toBe(0);
  });

  it("migrates nothing, and tells that there is more", async () => {
    expect((await run("migrate")).code).toBe(0);
    const { code, stdout } = await run("migrate", "--status");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(?:\d{4}_\w+ +applied\n)+and 1 of a newer version\n$/);
  });
});

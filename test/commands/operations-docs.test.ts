import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import { packageFolder } from "../support/built-package.ts";
import { operationsSection } from "../support/operations-page.ts";
import { prepareProgram } from "../support/program.ts";
import { codeIn } from "../support/readme.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import { prepareStorage } from "../support/storage.ts";
import { storedDigest } from "../support/transfer.ts";

const storage = prepareStorage();
const test = prepareProgram();

/** Runs the commands of a section, one after the other, as they stand there. */
async function runCommandsOf(heading: string): Promise<string> {
  const npx = `npx() { shift; "${process.execPath}" "${join(packageFolder, "dist", "main.js")}" "$@"; }`;
  const script = `set -euo pipefail\n${npx}\n${codeIn(operationsSection(heading), "sh")}`;
  const { stdout } = await promisify(execFile)("bash", ["-c", script], {
    cwd: test.folder(),
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: storage.database.applicationUrl,
      DATABASE_OWNER_URL: storage.database.ownerUrl,
    },
  });
  return stdout;
}

describe("the commands in docs/operations.md run as they stand:", () => {
  beforeAll(async () => {
    await storeGlobalRows(storage);
    await storeRichTenant({ id: "acme", run: (work, options) => storage.asTenant("acme", work, options) });
  });

  it("Upgrading", async () => {
    expect(await runCommandsOf("Upgrading")).toMatch(/^(?:\d{4}_\w+ +applied\n)+$/);
  });

  it("Upgrading, and a limit to the wait for locks is kept", async () => {
    const [, limit = ""] = /\?(options=\S+)/.exec(codeIn(operationsSection("Upgrading"), "text")) ?? [];
    await withClient(`${storage.database.ownerUrl}?${limit}`, async (owner) => {
      expect((await owner.query("SHOW lock_timeout")).rows).toEqual([{ lock_timeout: "5s" }]);
    });
  });

  it("Retention", async () => {
    expect((await runCommandsOf("Retention")).match(/^(Would delete|Deleted) executions/gm)).toEqual([
      "Would delete executions",
      "Deleted executions",
      "Deleted executions",
    ]);
  });

  it("Moving and deleting a tenant, after which one has what it had and its copy nothing", async () => {
    const before = await storedDigest(storage, "acme");
    const told = await runCommandsOf("Moving and deleting a tenant");
    expect(told.match(/^(Exported|Would import|Imported|Deleted).*?(?=[:;])/gm)).toEqual([
      "Exported the tenant acme",
      "Would import into the tenant acme-copy",
      "Imported into the tenant acme-copy",
      "Deleted the tenant acme-copy",
      "Imported into the tenant acme",
      "Exported the system",
      "Imported into the system",
    ]);
    expect(await storedDigest(storage, "acme")).toEqual(before);
    expect(await storedDigest(storage, "acme-copy")).toEqual(await storedDigest(storage, "nobody"));
  });
});

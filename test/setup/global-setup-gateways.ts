import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { exampleFolder } from "../support/federation/example.ts";

/** Installs the gateways, where they are not as the lock file says. */
export default async function setup(): Promise<void> {
  if (changedAt("node_modules/.package-lock.json") >= changedAt("package-lock.json")) return;
  await promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund"], { cwd: exampleFolder });
}

function changedAt(file: string): number {
  return statSync(join(exampleFolder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

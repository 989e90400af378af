import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where package.json, drizzle/ and dist/ lie. */
export const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

/** Makes `dist/` if its sources are newer, as `npm start` does. */
export async function buildPackage(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(packageFolder, "scripts", "build-if-needed.mjs")]);
}

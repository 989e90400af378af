import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where the gateways are installed. */
export const exampleFolder = fileURLToPath(new URL("../../../examples/federation", import.meta.url));

/** Runs a script of the example to its end, and answers with what it prints. Rejects if it fails. */
export async function runInExample(script: string, ...args: readonly string[]): Promise<string> {
  const options = { cwd: exampleFolder, env: { PATH: process.env.PATH } };
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], options);
  return stdout;
}

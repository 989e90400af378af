import { writeFile } from "node:fs/promises";
import type { ServerUrls } from "./lineage/catalogue/build.ts";
import { withServer } from "./own-server.ts";

/** The options that every benchmark has, for `parseArgs`. */
export const COMMON_OPTIONS = {
  quick: { type: "boolean", default: false },
  "owner-url": { type: "string" },
  "application-url": { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** What is said of those that name a server. */
export const SERVER_USAGE = `  --owner-url URL       a PostgreSQL of your own: a role that may create databases and roles
  --application-url URL and the application's login there, made unless it exists
`;

/** As they were given. */
interface CommonValues {
  readonly "owner-url"?: string | undefined;
  readonly "application-url"?: string | undefined;
  readonly help: boolean;
}

/** Measures on the server that was named, or on one of its own; where only help is wanted, says how it is used. */
export async function runBenchmark(
  usage: string,
  { "owner-url": ownerUrl, "application-url": applicationUrl, help }: CommonValues,
  measure: (server: ServerUrls) => Promise<void>,
): Promise<void> {
  if (help) process.stdout.write(usage);
  else await withServer(ownerUrl, applicationUrl, measure);
}

/** Says beside the figures, which go to standard output, what is being done. */
export function tellProgress(what: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${what}\n`);
}

/** Writes all figures to a file, where one was named. */
export async function writeFigures(file: string | undefined, figures: unknown): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(figures, null, 2)}\n`);
}

/** A variable that is given as `NAME=VALUE`. */
export function settingOf(text: string): [name: string, value: string] {
  const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(text) ?? [];
  if (name === "") throw new Error(`--set: ${text} is not NAME=VALUE`);
  return [name, value];
}

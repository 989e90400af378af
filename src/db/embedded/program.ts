import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { text } from "node:stream/consumers";
import type { Account } from "./account.ts";
import { EmbeddedServerError } from "./embedded-server-error.ts";

/**
 * The whole environment of PostgreSQL's programs: none of the user's own PGDATA, PGPORT, LD_LIBRARY_PATH or
 * locale may reach them.
 */
export const PROGRAM_ENV: Readonly<Record<string, string>> = {
  PATH: "/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

export interface ProgramOptions {
  readonly account: Account | undefined;
  readonly cwd: string;
  readonly input?: string;
}

/**
 * Runs one of PostgreSQL's programs to its end.
 *
 * @returns what it printed, on both outputs
 * @throws EmbeddedServerError (`start`) with the last of its output when it fails
 */
export async function runProgram(path: string, args: string[], options: ProgramOptions): Promise<string> {
  const { account, cwd, input } = options;
  const child = spawn(path, args, { ...account, cwd, env: PROGRAM_ENV, stdio: "pipe" });
  child.stdin.on("error", () => {}); // it may end before it has read everything; its exit status tells
  child.stdin.end(input ?? "");
  try {
    const [printed, complaints, [status, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    if (status === 0) return printed + complaints;
    throw new EmbeddedServerError(
      "start",
      `${basename(path)} failed (${status ?? signal}): ${lastLines(printed + complaints)}`,
    );
  } catch (cause) {
    if (cause instanceof EmbeddedServerError) throw cause;
    throw new EmbeddedServerError("start", `${path} cannot be run: ${String(cause)}`, { cause });
  }
}

/** The end of an output, short enough for an error message. */
export function lastLines(output: string): string {
  return output.trim().split("\n").slice(-12).join("\n");
}

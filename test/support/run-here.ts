import { vi } from "vitest";
import type { Outcome } from "./program.ts";

let runs = 0;

/**
 * Runs a command line of the program in this process, for what it refuses before it begins anything: a start takes half a
 * second of a core, and what is refused is the same. What a program logs is not caught. One at a time.
 */
export async function runHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const [{ argv, env, exitCode }, said] = [process, { stdout: "", stderr: "" }];
  const catching = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      said[name] += String(text);
      return true;
    }),
  );
  process.argv = [process.execPath, "servo-storage", ...args];
  process.env = { LOG_FORMAT: "json", ...environment };
  process.exitCode = undefined;
  runs += 1;
  try {
    await import(/* @vite-ignore */ `../../src/main.ts?run=${runs}`);
    return { code: Number(process.exitCode ?? 0), signal: null, ...said };
  } finally {
    for (const spy of catching) spy.mockRestore();
    Object.assign(process, { argv, env, exitCode });
  }
}

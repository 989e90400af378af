import { expect } from "vitest";
import type { RunningProgram } from "../../support/program.ts";

export type LogLines = readonly Readonly<Record<string, unknown>>[];

/**
 * Ends a program that has served all the time, by SIGTERM.
 * @returns the lines of its log, none of which tells of a defect
 */
export async function endSoundly(program: RunningProgram): Promise<LogLines> {
  const { code, signal, stdout, stderr } = await program.end();
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
  expect(lines.filter(({ message }) => String(message).startsWith("Unexpected"))).toEqual([]);
  return lines;
}

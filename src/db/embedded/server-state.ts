import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readFileIfPresent, replaceFile } from "./private-file.ts";
import { identifyProcess, isRunning, type ProcessIdentity } from "./process-identity.ts";

const identity = z.object({ pid: z.int().positive(), startedAt: z.string() });
const state = z.object({
  port: z.int().positive(),
  guardian: identity,
  postmaster: identity,
  /** The programs that use the server, once for each use; some may have died since. */
  users: z.array(identity),
});

/** What the programs that use a server tell those that come after them (`server.json`); changed under the start lock. */
export type ServerState = z.infer<typeof state>;

const fileIn = (dataDirectory: string): string => join(dataDirectory, "server.json");

/** The server last announced on this folder; it may be long gone. */
export function readServerState(dataDirectory: string): ServerState | undefined {
  return state.safeParse(parseJson(readFileIfPresent(fileIn(dataDirectory)))).data;
}

export function writeServerState(dataDirectory: string, announced: ServerState): void {
  replaceFile(fileIn(dataDirectory), JSON.stringify(announced, null, 2));
}

export function removeServerState(dataDirectory: string): void {
  rmSync(fileIn(dataDirectory), { force: true });
}

/** The living programs, with one use of this process counted off. */
export function otherUsers({ users }: ServerState): ProcessIdentity[] {
  const self = identifyProcess(process.pid);
  const own = users.findIndex((user) => self !== undefined && isSameProcess(user, self));
  return users.filter((user, index) => index !== own && isRunning(user));
}

export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startedAt === other.startedAt;
}

/** A process identity out of its JSON, or undefined when the text is something else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  return identity.safeParse(parseJson(text)).data;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Account } from "./account.ts";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import type { Lifeline } from "./lifeline.ts";
import { giveToFolderOwner } from "./private-file.ts";
import { PROGRAM_ENV } from "./program.ts";

/**
 * The guardian: PostgreSQL's parent, which stops it once nobody holds its lifeline. It costs no node, no polling, 1 MB.
 *
 * Standard output is open in PostgreSQL alone (the guardian leaves it), so its end tells the program that the last of
 * PostgreSQL's processes is gone.
 *
 * A shell starts background commands with SIGINT ignored. A server that is stopped in its first instants, before
 * it has set its own handlers, would miss SIGINT (fast shutdown): SIGTERM then ends it, and changes nothing later.
 */
const SCRIPT = `
"$@" </dev/null &
server=$!
trap '' HUP INT QUIT TERM
exec >/dev/null 2>&1
read -r never
kill -INT "$server"
kill -TERM "$server"
wait "$server"
`;

/** A PostgreSQL server and the guardian over it. */
export interface GuardedServer {
  readonly guardianPid: number;
  /** Resolves when the guardian and every process of PostgreSQL have ended, for whatever reason. */
  readonly gone: Promise<void>;
  /** Resolves when the guardian has ended; PostgreSQL may outlive it if somebody killed it. */
  readonly unguarded: Promise<void>;
  /** Ends this process's interest in both: they no longer keep it alive. */
  abandon(): void;
}

export interface GuardOptions {
  readonly account: Account | undefined;
  readonly cwd: string;
  readonly lifeline: Lifeline;
  /** A file that takes PostgreSQL's log; appended to. */
  readonly log: string;
}

/**
 * Starts a program under a guardian, in a session of its own: Ctrl-C in the terminal reaches neither. Should the
 * program end by itself, the lifeline is let go.
 *
 * @throws EmbeddedServerError (`start`) when the guardian itself cannot be run
 */
export async function startGuarded(command: string[], options: GuardOptions): Promise<GuardedServer> {
  const { lifeline } = options;
  const child = spawnGuardian(command, options);
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const unguarded = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdout?.on("end", lifeline.letGo).resume();
  try {
    await once(child, "spawn");
  } catch (cause) {
    lifeline.letGo();
    throw new EmbeddedServerError("start", `The guardian of PostgreSQL cannot be run: ${String(cause)}`, {
      cause,
    });
  }
  const abandon = (): void => {
    child.unref();
    child.stdout?.destroy();
  };
  return { guardianPid: child.pid ?? 0, gone, unguarded, abandon };
}

function spawnGuardian(command: string[], { account, cwd, lifeline, log }: GuardOptions): ChildProcess {
  const logFile = openSync(log, "a", 0o600);
  try {
    giveToFolderOwner(log);
    return spawn("/bin/sh", ["-c", SCRIPT, "servo-postgres-guardian", ...command], {
      ...account,
      cwd,
      env: PROGRAM_ENV,
      stdio: [lifeline.reader, "pipe", logFile],
      detached: true,
    });
  } finally {
    closeSync(logFile);
    closeSync(lifeline.reader);
  }
}

import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";

/** A process and the moment it began, so that a later process with the same number is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: only good for comparing. */
  readonly startedAt: string;
}

/** The process that has this number now; undefined when there is none (one that has ended but is not yet reaped counts as none). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === "linux" ? startedAtOnLinux(pid) : startedAtByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether this very process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * Whether a process is a PostgreSQL server on the given cluster (a postmaster's working folder is its data
 * folder). The number in a stale `postmaster.pid` may by now belong to anything, even to the server of another folder.
 */
export function isPostmasterOf(pid: number, folder: string): boolean {
  if (process.platform !== "linux") {
    const command = ps(pid, "args=");
    return command?.includes("postgres") === true && command.includes(folder);
  }
  try {
    const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    return name === "postgres" && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  } catch {
    // Gone, or another user's: neither is a server that runs on a folder of ours.
    return false;
  }
}

function startedAtOnLinux(pid: number): string | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // proc_pid_stat(5): the name, in parentheses, may hold anything; after it come the state (field 3) and the
  // start in clock ticks since the boot (field 22).
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  if (start === undefined || state === "Z" || state === "X") return undefined;
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${start}`;
}

function startedAtByPs(pid: number): string | undefined {
  const [state, ...start] = ps(pid, "stat=,lstart=")?.trim().split(/\s+/) ?? [];
  return state === undefined || state.startsWith("Z") ? undefined : start.join(" ");
}

function ps(pid: number, columns: string): string | undefined {
  try {
    return execFileSync("/bin/ps", ["-ww", "-o", columns, "-p", String(pid)], {
      encoding: "utf8",
      env: { LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}

import { readdir, readFile } from "node:fs/promises";
import pg from "pg";

/** The kernel's clock ticks a second, which Linux has fixed for programs. */
const TICKS = 100;

/** A process as `/proc` tells of it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Seconds of it, all its threads, and its children that have ended. */
  readonly seconds: number;
}

/**
 * CPU seconds that a process has used so far, with all that it has started.
 * @returns undefined where there is no `/proc`
 */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  const all = await processes();
  if (all.length === 0) return undefined;
  const family = new Set([pid]);
  // A child has a greater number than its parent, but where numbers have begun anew: so until none is added.
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const each of all) if (family.has(each.parent)) family.add(each.pid);
  }
  return all.filter((each) => family.has(each.pid)).reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Megabytes of memory that a process holds. */
export async function residentMegabytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

async function processes(): Promise<Process[]> {
  const names = await readdir("/proc").catch(() => []);
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return found.filter((each) => each !== undefined);
}

async function readProcess(pid: string): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name may hold anything, and stands in brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 15) return undefined;
  const [parent, ...ticks] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  return {
    pid: Number(pid),
    parent: parent ?? 0,
    seconds: ticks.reduce((sum, each) => sum + each, 0) / TICKS,
  };
}

/** The process that a local PostgreSQL's sessions are children of. */
export async function postmasterOf(url: string): Promise<number | undefined> {
  if (!["localhost", "127.0.0.1", "::1"].includes(new URL(url).hostname)) return undefined;
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return (await readProcess(String(rows[0]?.pid)))?.parent;
  } finally {
    await client.end();
  }
}

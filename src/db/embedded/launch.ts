import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, dataArgument } from "./cluster.ts";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { type GuardedServer, startGuarded } from "./guardian.ts";
import { createLifeline } from "./lifeline.ts";
import { findFreePort } from "./port.ts";
import { readPostmasterFile, stopPostmaster } from "./postmaster.ts";
import { identifyProcess, type ProcessIdentity } from "./process-identity.ts";
import { lastLines } from "./program.ts";
import { removeServerState, type ServerState, writeServerState } from "./server-state.ts";
import { lifelineIn, type ServerUse } from "./server-use.ts";

const POLL_MS = 10;
/** Recovery after a crash is part of the start. */
const START_MS = 120_000;
const STOP_MS = 20_000;
const ATTEMPTS = 20;
const RETRY_MS = 250;

const PORT_TAKEN = /could not create any TCP\/IP sockets/;
/** Backends of a postmaster that was killed end by themselves, once they notice. */
const STILL_IN_USE = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;

export interface LaunchOptions {
  readonly cluster: Cluster;
  readonly dataDirectory: string;
  readonly preferredPort: number | undefined;
  readonly durable: boolean;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Starts PostgreSQL under a guardian and waits until it accepts connections.
 *
 * @throws EmbeddedServerError (`start`) with the end of its log when it does not
 */
export async function launchServer(options: LaunchOptions): Promise<ServerUse> {
  const log = rotateLog(options.dataDirectory);
  let port = await findFreePort(options.preferredPort);
  for (let attempt = 1; ; attempt += 1) {
    const use = await tryLaunch(options, port, log);
    if (use !== undefined) return use;
    const output = lastLines(readFileSync(log, "utf8"));
    const passing = PORT_TAKEN.test(output) || STILL_IN_USE.test(output);
    if (!passing || attempt === ATTEMPTS) {
      throw new EmbeddedServerError("start", `PostgreSQL did not start. The end of ${log}:\n${output}`);
    }
    await delay(RETRY_MS);
    port = await findFreePort(undefined);
  }
}

/** Keeps the log of the run before this one: it may say why that one ended. */
function rotateLog(dataDirectory: string): string {
  const log = join(dataDirectory, "postgres.log");
  try {
    renameSync(log, join(dataDirectory, "postgres.previous.log"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return log;
}

/** Undefined when PostgreSQL ended before it was ready. */
async function tryLaunch(options: LaunchOptions, port: number, log: string): Promise<ServerUse | undefined> {
  const { cluster, dataDirectory } = options;
  const before = readPostmasterFile(cluster.folder)?.text;
  const command = [join(cluster.binaries.folder, "bin", "postgres"), ...serverArguments(options, port)];
  const lifeline = createLifeline(lifelineIn(dataDirectory));
  const { letGo } = lifeline;
  const guarded = await startGuarded(command, {
    account: cluster.account,
    cwd: cluster.folder,
    lifeline,
    log,
  });
  try {
    const state = await awaitReady(guarded, options, port, before);
    if (state === undefined) return undefined;
    // Should somebody kill the guardian: a server that nothing would stop after us is worse than none.
    void guarded.unguarded.then(() => stopPostmaster(state.postmaster)).catch(() => {});
    return { dataDirectory, state, letGo, abandon: guarded.abandon };
  } catch (error) {
    removeServerState(dataDirectory);
    letGo();
    await Promise.race([guarded.gone, delay(STOP_MS, undefined, { ref: false })]);
    throw error;
  }
}

/**
 * @param before the text of a `postmaster.pid` that a run before this one left
 * @returns undefined when PostgreSQL has ended
 */
async function awaitReady(
  guarded: GuardedServer,
  { cluster, dataDirectory }: LaunchOptions,
  port: number,
  before: string | undefined,
): Promise<ServerState | undefined> {
  const has = { lostGuardian: false, ended: false };
  void guarded.unguarded.then(() => (has.lostGuardian = true));
  void guarded.gone.then(() => (has.ended = true));
  let state: ServerState | undefined;
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await delay(POLL_MS)) {
    if (has.ended) return undefined;
    const file = readPostmasterFile(cluster.folder);
    if (file === undefined || file.text === before) continue;
    const postmaster = identifyProcess(file.pid);
    if (postmaster === undefined) continue;
    if (has.lostGuardian) await stopPostmaster(postmaster);
    // Announced before it is ready: should this program and the guardian both be killed now, the next start
    // knows that the server is ours to stop.
    else state ??= announce(dataDirectory, port, guarded.guardianPid, postmaster);
    if (file.ready && state !== undefined && !has.lostGuardian) return state;
  }
  throw new EmbeddedServerError("start", `PostgreSQL was not ready after ${START_MS / 1000} s.`);
}

function serverArguments({ cluster, durable, settings }: LaunchOptions, port: number): string[] {
  const all = {
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...settings,
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    timezone: "UTC",
    log_timezone: "UTC",
    logging_collector: "off",
    log_destination: "stderr",
  };
  const pairs = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", dataArgument(cluster), ...pairs];
}

/** Undefined when the guardian has ended already. */
function announce(
  dataDirectory: string,
  port: number,
  guardianPid: number,
  postmaster: ProcessIdentity,
): ServerState | undefined {
  const self = identifyProcess(process.pid);
  const guardian = identifyProcess(guardianPid);
  if (self === undefined || guardian === undefined) return undefined;
  const state = { port, guardian, postmaster, users: [self] };
  writeServerState(dataDirectory, state);
  return state;
}

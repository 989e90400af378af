import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { findFreePort } from "../../src/db/embedded/port.ts";
import { MAIN, NODE_FLAGS } from "../production.ts";

/** What the server did in one phase. */
export interface Watched {
  /** How late its timers of 5 ms came, that time included. */
  readonly loopP95Ms: number;
  readonly loopMaxMs: number;
  /** Of all its threads, those of the database apart. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

/** The built program, serving in a process of its own. */
export interface Service {
  readonly url: string;
  /** What it did since this was asked last. */
  watch(): Promise<Watched>;
  stop(): Promise<void>;
}

const WATCH = new URL("watch.program.mjs", import.meta.url).href;

/**
 * Serves a migrated database as in production.
 * @param settings variables of its configuration, beside those that it needs
 */
export async function startService(
  applicationUrl: string,
  settings: Readonly<Record<string, string>>,
): Promise<Service> {
  const port = await findFreePort(undefined);
  const child = fork(MAIN, ["serve"], {
    execArgv: [...NODE_FLAGS, "--import", WATCH],
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: "production", LOG_LEVEL: "error", AUTH_MODE: "header" },
      ...{ DATABASE_URL: applicationUrl, PORT: String(port), ...settings },
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child);
  return {
    url,
    async watch() {
      const told = once(child, "message");
      child.send("watch");
      return (await told)[0] as Watched;
    },
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error("the server ended");
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(50);
  }
}

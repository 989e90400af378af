import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import pg from "pg";
import { TENANT } from "./catalogue/gadgets.ts";
import { GaveUp, type Timed } from "./measure.ts";
import type { FoundRow } from "./statements.ts";

const dialect = new PgDialect();
const END = "end of bench statement";

/** The version of `psql` on the PATH, or undefined where there is none. */
export function findPsql(): string | undefined {
  const { status, stdout } = spawnSync("psql", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** A `psql` that stays connected, and takes its own time (`\timing`). */
export class PsqlSession {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(applicationUrl: string) {
    const { hostname, port, username, password, pathname } = new URL(applicationUrl);
    this.#process = spawn("psql", ["-X", "-q", "-A", "-t", "-F", " "], {
      env: {
        PATH: process.env.PATH,
        PGHOST: hostname,
        PGPORT: port || "5432",
        PGUSER: decodeURIComponent(username),
        PGPASSWORD: decodeURIComponent(password),
        PGDATABASE: pathname.slice(1),
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Runs a walk with its values written into its text, bound to the measured tenant as the product binds it. */
  async time(statement: SQL): Promise<Timed<FoundRow[]>> {
    this.#process.stdin.write(`
      BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
      SET LOCAL app.current_tenant = '${TENANT}';
      \\timing on
      ${withLiterals(statement)};
      \\timing off
      COMMIT;
      \\echo ${END}\n`);
    const found: FoundRow[] = [];
    let ms: number | undefined;
    for (let line = await this.#lines.next(); ; line = await this.#lines.next()) {
      if (line.done) throw new Error("psql ended");
      if (line.value.endsWith(END)) break;
      const time = /^Time: ([0-9.]+) ms/.exec(line.value)?.[1];
      const sizes = / \{([0-9,]+)\}/.exec(line.value)?.[1];
      if (time !== undefined) ms = Number(time);
      if (sizes !== undefined) found.push({ sizes: sizes.split(",").map(Number) });
    }
    if (ms === undefined || found.length === 0) throw new GaveUp("failed");
    return { ms, found };
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#process.stdin.end("\\q\n");
    await ended;
  }
}

function withLiterals(statement: SQL): string {
  const { sql, params } = dialect.sqlToQuery(statement);
  return sql.replaceAll(/\$([0-9]+)/g, (_, place) => literal(params[Number(place) - 1]));
}

function literal(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return pg.escapeLiteral(value);
  // Ids and tenants, in which nothing needs a quote.
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.join(",")}}`);
  throw new Error(`no literal for a ${typeof value}`);
}

import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { databaseTime } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import { GLOBAL_TENANT, parseTenantId } from "../db/tenant.ts";
import type { PurgedExecution } from "../modules/execution/execution.purge.ts";
import { ENDED_STATES, EXECUTION_STATES, type ExecutionState } from "../modules/execution/execution.table.ts";
import { createRepositories } from "../modules/repositories.ts";
import { connectForCommand } from "./connect.ts";
import { Interruption } from "./interruption.ts";
import { type Progress, tellProgress } from "./progress.ts";
import { asUsage, UsageError } from "./usage-error.ts";

/** As the command line gives them. */
export interface PurgeArguments {
  readonly tenant?: readonly string[] | undefined;
  readonly system?: true | undefined;
  readonly olderThan: string;
  readonly state?: readonly string[] | undefined;
  readonly batch: string;
  readonly dryRun?: true | undefined;
}

/** Of whom what is deleted. */
interface Plan {
  readonly tenants: readonly string[];
  readonly ageMs: number;
  readonly states: ExecutionState[];
  readonly limit: number;
}

/** A plan from the moment on when the database has told the time. */
interface DatedPlan extends Plan {
  readonly before: Date;
}

type Counts = Map<ExecutionState, number>;

/**
 * Deletes the old executions of tenants, each batch in a transaction of its own, and says what is gone also where it is
 * interrupted or fails.
 * @throws UsageError in one line for arguments that make no sense, before the database is touched
 */
export async function purgeExecutions(given: PurgeArguments, config: Config, logger: Logger): Promise<void> {
  const plan = readPlan(given);
  const interruption = new Interruption(logger);
  const { database, close } = await connectForCommand(config, logger);
  const counted = new Map<string, Counts>();
  let dated: DatedPlan | undefined;
  try {
    const now = await databaseTime(database.pool);
    dated = { ...plan, before: new Date(now.getTime() - plan.ageMs) };
    for (const tenant of plan.tenants) {
      const counts: Counts = new Map();
      counted.set(tenant, counts);
      if (given.dryRun) await count(database, tenant, dated, counts);
      else await purge(database, tenant, dated, counts, tellProgress(), interruption);
    }
  } finally {
    await close();
    if (dated !== undefined)
      process.stdout.write(describe(given.dryRun ? "Would delete" : "Deleted", dated, counted));
  }
}

async function count(
  database: Database,
  tenant: string,
  { before, states }: DatedPlan,
  counts: Counts,
): Promise<void> {
  const found = await database.transaction(bindingOf(tenant), { access: "read" }, (connection) =>
    createRepositories(connection).executions.countPurgeable({ before, states }),
  );
  for (const [state, number] of found) counts.set(state, number);
}

async function purge(
  database: Database,
  tenant: string,
  { before, states, limit }: DatedPlan,
  counts: Counts,
  tell: Progress,
  interruption: Interruption,
): Promise<void> {
  let done = 0;
  let after: PurgedExecution | undefined;
  do {
    interruption.check("run it again for the rest");
    const purged = await database.transaction(
      bindingOf(tenant),
      { access: "write", repeatable: true },
      (connection) => createRepositories(connection).executions.purge({ before, states, limit, after }),
    );
    for (const { state } of purged) counts.set(state, (counts.get(state) ?? 0) + 1);
    done += purged.length;
    after = purged.at(-1);
    if (after !== undefined) tell(`executions of ${nameOf(tenant)}`, done);
  } while (after !== undefined);
}

function readPlan({ tenant = [], system, olderThan, state, batch }: PurgeArguments): Plan {
  const tenants = asUsage("", () => tenant.map((id) => parseTenantId(id, "--tenant")));
  if (tenants.length === 0 && !system)
    throw new UsageError("--tenant or --system is needed: whose executions?");
  const limit = /^\d{1,5}$/.test(batch) ? Number(batch) : 0;
  if (limit < 1 || limit > 10_000) throw new UsageError("--batch must be a whole number from 1 to 10000");
  return {
    tenants: [...new Set([...tenants, ...(system ? [GLOBAL_TENANT] : [])])],
    ageMs: readAge(olderThan),
    states: state === undefined ? [...ENDED_STATES] : [...new Set(state.map(readState))],
    limit,
  };
}

/** In milliseconds. */
function readAge(age: string): number {
  const [, number, unit] = /^([1-9]\d{0,4})([hdw])$/.exec(age) ?? [];
  if (number === undefined)
    throw new UsageError("--older-than must be a number of hours, days or weeks, such as 36h, 90d or 12w");
  return Number(number) * 3_600_000 * (unit === "h" ? 1 : unit === "d" ? 24 : 168);
}

function readState(given: string): ExecutionState {
  const state = EXECUTION_STATES.find((known) => known === given.toLowerCase());
  if (state === undefined) throw new UsageError(`--state must be one of ${EXECUTION_STATES.join(", ")}`);
  return state;
}

const bindingOf = (ownTenant: string) => ({ ownTenant, actor: "~purge" });

const nameOf = (tenant: string) => (tenant === GLOBAL_TENANT ? "the system" : tenant);

function describe(verb: string, { before }: DatedPlan, counted: ReadonlyMap<string, Counts>): string {
  const lines = [...counted].map(([tenant, counts]) => {
    const states = EXECUTION_STATES.filter((state) => counts.has(state));
    const list = states.map((state) => `${counts.get(state)} ${state}`).join(", ");
    return `  ${nameOf(tenant)}: ${list === "" ? "none" : list}\n`;
  });
  return `${verb} executions that have not changed since ${before.toISOString()}:\n${lines.join("")}`;
}

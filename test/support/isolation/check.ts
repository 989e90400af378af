import type { Table } from "../owner.ts";
import type { Statement } from "./rows.ts";
import { type Actor, type Outcome, type Stage, summary } from "./stage.ts";

/** One rule of isolation, as something that can be tried on a stage. */
export interface Check {
  /** A whole sentence, true where isolation holds: "tenant A cannot delete global rows of assets". */
  readonly name: string;
  /** The table that it is about; null where it is about the whole database. */
  readonly table: Table | null;
  /** What does not hold; nothing, where isolation does. */
  violations(stage: Stage): Promise<string[]>;
}

/** A check that one statement of one actor ends in one way: `0 rows`, or a SQLSTATE. */
export function outcomeCheck(
  name: string,
  table: Table | null,
  actor: Actor,
  statement: Statement,
  expected: string,
): Check {
  return {
    name,
    table,
    async violations(stage) {
      const outcome = await stage.attempt(actor, statement);
      return summary(outcome) === expected ? [] : [`${name}: expected ${expected}, got ${describe(outcome)}`];
    },
  };
}

/** What checks find, by the check that found it. They are sent in one flight, because there are thousands of them. */
export async function violationsOf(
  checks: readonly Check[],
  stage: Stage,
): Promise<ReadonlyMap<Check, readonly string[]>> {
  const found = await Promise.all(
    checks.map(async (check) => [check, await check.violations(stage)] as const),
  );
  return new Map(found.filter(([, violations]) => violations.length > 0));
}

export function describe(outcome: Outcome): string {
  return outcome.refused ? `${outcome.code} ${outcome.message} ${outcome.detail}`.trim() : summary(outcome);
}

import pg from "pg";
import { MigrationError } from "./migrations.ts";

/** The database lets nobody in, or does not allow what is needed. One line that names the variable to mend. */
export class DatabaseRefusalError extends Error {
  override readonly name = "DatabaseRefusalError";
}

/**
 * Checks that a database can be connected to.
 * @param variable what names it
 * @throws DatabaseRefusalError
 */
export async function assertReachable(pool: pg.Pool, variable: string): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch (cause) {
    throw new DatabaseRefusalError(`${variable}: the database cannot be connected to: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/**
 * Runs what needs the rights of an owner.
 * @throws DatabaseRefusalError where it lacks one
 */
export async function withRights(variable: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const cause = error instanceof MigrationError ? error.cause : error;
    if (!(cause instanceof pg.DatabaseError && cause.code === "42501")) throw error;
    throw new DatabaseRefusalError(`${variable}: the role may not do what is needed: ${cause.message}`, {
      cause,
    });
  }
}

function reasonOf(error: unknown): string {
  // One for each address that the host's name stands for.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

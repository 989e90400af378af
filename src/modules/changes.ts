import { eq, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { shownTenant } from "../db/tenant.ts";
import type { TenantConnection } from "../db/tenant-connection.ts";
import { ConflictError, ForbiddenError, NotFoundError, type ServoError } from "../errors.ts";
import { expectedUpdatedAt, parseInput } from "./fields.ts";

/** Optimistic concurrency: the `updatedAt` that the caller read, so that it overwrites nothing it has not seen. */
export interface ExpectedVersion {
  readonly expectedUpdatedAt?: Date | null | undefined;
}

/** Holds while the row is as the caller read it; nothing, when the caller does not say. */
export function unchangedSince(updatedAt: PgColumn, expected: ExpectedVersion): SQL | undefined {
  const moment = parseInput(expectedUpdatedAt, expected.expectedUpdatedAt, ["expectedUpdatedAt"]);
  return moment ? eq(updatedAt, moment) : undefined;
}

/**
 * Why a change met no row: there is none (or it is another tenant's, which is the same answer), it is global and this
 * principal is not the system, or it has changed since the caller read it.
 * @param row what the principal sees under that id now
 */
export function refusedChange(
  connection: TenantConnection,
  kind: string,
  id: string,
  row: { readonly tenantId: string | null } | null,
): ServoError {
  if (row === null) return new NotFoundError(`No ${kind} has the id ${id}.`);
  if (row.tenantId !== shownTenant(connection.writableTenant)) {
    return new ForbiddenError(`The ${kind} ${id} is global; only the system may change it.`);
  }
  return new ConflictError(`The ${kind} ${id} was changed after expectedUpdatedAt; read it again.`);
}

/** The fields that a patch gives, null included. */
export function givenFields<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The row of a statement that always returns one. */
export function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error("a statement that returns one row returned none");
  return row;
}

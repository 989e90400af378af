import { isDeepStrictEqual } from "node:util";
import type { TenantConnection } from "../db/tenant-connection.ts";
import type { TenantDatabase } from "../db/tenant-database.ts";
import { ConflictError, NotFoundError } from "../errors.ts";
import type { Batch } from "./format.ts";
import type { Storable } from "./kind.ts";
import { pagesOf } from "./pages.ts";
import { findReferents } from "./referents.ts";

type NumberedRow = Batch["rows"][number];

/** A row of a file as the tables take it. */
export interface PreparedRow extends NumberedRow, Storable {}

/**
 * Finds what rows refer to, and makes of them what can be stored.
 * @param own whether what they refer to of the tenant's own must be there already
 * @throws NotFoundError with the line of a row that refers to none
 */
export async function prepareRows(
  db: TenantDatabase,
  ownTenant: string,
  { kind, rows }: Batch,
  { own }: { readonly own: boolean },
): Promise<PreparedRow[]> {
  const references = rows.map(({ row }) => kind.references(row));
  const meant = {
    assets: references.flatMap(({ assets }) => assets),
    workflows: references.flatMap(({ workflows }) => workflows),
  };
  const referents = await findReferents(db, ownTenant, meant, own);
  return rows.map(({ line, row }) => {
    try {
      return { line, row, ...kind.prepare(row, ownTenant, referents) };
    } catch (error) {
      throw error instanceof NotFoundError ? new NotFoundError(`line ${line}: ${error.message}`) : error;
    }
  });
}

/**
 * Those rows of a batch that the tenant does not have.
 * @throws ConflictError for one that it has as another
 */
export async function passOverEqual(
  connection: TenantConnection,
  { kind, rows }: Batch,
): Promise<NumberedRow[]> {
  const [from, to] = [rows.at(0)?.row, rows.at(-1)?.row];
  if (from === undefined || to === undefined) return [];
  const missing = new Map(rows.map((each) => [kind.keyOf(each.row).join(" "), each]));
  for await (const page of pagesOf(connection, kind, { from, to })) {
    for (const stored of page) {
      const key = kind.keyOf(stored).join(" ");
      const given = missing.get(key);
      missing.delete(key);
      if (given === undefined || isDeepStrictEqual(given.row, stored)) continue;
      const what = kind.describe(stored);
      throw new ConflictError(`line ${given.line}: there is ${what} under this id, which is not the same`);
    }
  }
  return [...missing.values()];
}

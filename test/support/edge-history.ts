import { storedRows } from "./owner.ts";
import type { TestStorage } from "./storage.ts";

/** A span of time in which an edge held, as it is stored. */
interface Span {
  readonly tenant_id: string;
  readonly id: string;
  readonly upstream_tenant_id: string;
  readonly upstream_asset_id: string;
  readonly downstream_asset_id: string;
  readonly dependency_type: string;
  readonly sources: readonly string[];
  readonly last_seen_at: Date;
  readonly valid_from: Date;
  readonly valid_to: Date;
}

/** The spans in which edges to or from an asset held that have ended, whoever they belong to, oldest first. */
export function storedHistory({ database }: TestStorage, assetId: string): Promise<Span[]> {
  return storedRows<Span & Record<string, unknown>>(
    database,
    `SELECT * FROM asset_dependency_history WHERE $1 IN (upstream_asset_id, downstream_asset_id)
     ORDER BY valid_to, valid_from, id`,
    [assetId],
  );
}

/** The clock of the database, cut off to milliseconds. */
export async function databaseClock({ database }: TestStorage): Promise<Date> {
  const [row] = await storedRows<{ now: Date }>(
    database,
    "SELECT date_trunc('milliseconds', clock_timestamp()) AS now",
  );
  if (row === undefined) throw new Error("the database tells no time");
  return row.now;
}

import { sql } from "drizzle-orm";
import { createDatabase } from "../../../src/db/database.ts";
import { walksStatement } from "../../../src/modules/lineage/walk.sql.ts";
import type { Catalogue } from "../catalogue/build.ts";
import { TENANT } from "../catalogue/gadgets.ts";
import { inStatement } from "../contenders.ts";
import { type Effort, type Figures, figuresOf, measureSideBySide } from "../measure.ts";
import { Session, TENANTS } from "../session.ts";
import { answersOf, gadgetShape } from "./walks.ts";

/** How often each edge of the answer has ended. */
export const PAST_SPANS = 10;

/** What a past costs: the answer of 1,000 nodes before it has one, then with it, and as of two moments. */
export async function measureHistory(catalogue: Catalogue, effort: Effort): Promise<Figures[]> {
  const gadget = answersOf(catalogue).find(({ reach }) => reach === 1000);
  if (gadget === undefined) throw new Error("there is no answer of 1,000 nodes");
  const { rootId, direction, maxDepth, maxNodes } = gadgetShape(gadget);
  const walk = (asOf: Date | null) =>
    walksStatement([rootId], {
      ...{ tenants: TENANTS, dependencyTypes: null, asOf },
      ...{ directions: [direction], maxDepth, maxNodes, passable: undefined },
    });
  const session = new Session(catalogue.applicationUrl);
  try {
    const now = (name: string) => inStatement(name, session, walk(null));
    const before = await measureSideBySide([now("now, nothing has ended")], effort);
    const { found } = await session.time<{ ids: string }>(walk(null));
    await endOften(catalogue.applicationUrl, found[0]?.ids.split(",") ?? []);
    const today = new Date();
    const after = await measureSideBySide(
      [
        now(`now, each edge has ended ${PAST_SPANS} times`),
        inStatement("as of now", session, walk(today)),
        inStatement("as of five days ago", session, walk(new Date(today.getTime() - 5.5 * 86_400_000))),
      ],
      effort,
    );
    return figuresOf([...before, ...after]);
  } finally {
    await session.close();
  }
}

/** Adds to the history of edges spans of a day each, the last of which ended a day ago. */
async function endOften(applicationUrl: string, downstreamIds: readonly string[]): Promise<void> {
  const database = createDatabase(applicationUrl, { pool: { max: 1 } });
  const past = sql`
    INSERT INTO asset_dependency_history (tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id,
      dependency_type, sources, last_seen_at, valid_from, valid_to)
    SELECT tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id, dependency_type, sources, last_seen_at,
      now() - make_interval(days => ago + 1), now() - make_interval(days => ago)
    FROM asset_dependencies, generate_series(1, ${PAST_SPANS}::int) AS ago
    WHERE tenant_id = ${TENANT} AND downstream_asset_id = ANY(${sql.param([...downstreamIds])}::uuid[])`;
  try {
    await database.transaction({ ownTenant: TENANT, actor: "bench" }, { access: "write" }, (connection) =>
      connection.operation("bench", {}, (db) => db.execute(past)),
    );
  } finally {
    await database.close();
  }
}

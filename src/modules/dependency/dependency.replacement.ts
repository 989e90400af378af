import { and, eq } from "drizzle-orm";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { tenantsOfAssets } from "../asset/asset.references.ts";
import { assets } from "../asset/asset.table.ts";
import { parseInput } from "../fields.ts";
import {
  ASSERTION_CONSTRAINTS,
  globalDownstream,
  resolveAssertions,
  storeAssertions,
  withdrawSource,
} from "./dependency.assertions.ts";
import { sameMoment } from "./dependency.history.ts";
import { type UpstreamReplacement, upstreamReplacement } from "./dependency.input.ts";
import { type AssetDependency, lockDependencies } from "./dependency.select.ts";
import { assetDependencies } from "./dependency.table.ts";

/** What a replacement did. */
export interface ReplacedUpstreams {
  readonly assetId: string;
  /** All that the source asserts of the asset's upstreams now, in the order given. */
  readonly dependencies: readonly AssetDependency[];
  /** How many of them there were not before. */
  readonly created: number;
  /** How many others have ended, because nobody else asserts them. */
  readonly ended: number;
}

/** Makes edges all that a source asserts of one asset's upstreams; see the repository's `replaceUpstreams`. */
export async function replaceUpstreams(
  connection: TenantConnection,
  input: UpstreamReplacement,
): Promise<ReplacedUpstreams> {
  const { assetId, upstream, source } = parseInput(upstreamReplacement, input);
  const assertions = upstream.map(({ assetId: upstreamAssetId, dependencyType }) => ({
    upstreamAssetId,
    downstreamAssetId: assetId,
    dependencyType,
    source,
  }));
  return connection.operation(
    "dependency.replaceUpstreams",
    { asset_id: assetId, count: upstream.length },
    async (db) => {
      await lockDownstream(db, connection, assetId);
      const resolved = await resolveAssertions(db, connection, assertions);
      const ofThisAsset = eq(assetDependencies.downstreamAssetId, assetId);
      const before = await lockDependencies(db, connection.writableTenant, ofThisAsset);
      const at = await sameMoment(db);
      const { dependencies, created } = await storeAssertions(db, connection, resolved, before, at);
      const kept = new Set(dependencies.map(({ id }) => id));
      const givenUp = before.filter(({ id, sources }) => sources.includes(source) && !kept.has(id));
      const { ended } = await withdrawSource(db, connection, source, givenUp, at);
      return { assetId, dependencies, created, ended };
    },
    ASSERTION_CONSTRAINTS,
  );
}

/** Two replacements at one asset run one after the other. */
async function lockDownstream(db: TenantDatabase, connection: TenantConnection, id: string): Promise<void> {
  const { writableTenant } = connection;
  const locked = await db
    .select({ id: assets.id })
    .from(assets)
    .where(and(eq(assets.tenantId, writableTenant), eq(assets.id, id)))
    .for("no key update");
  if (locked.length > 0) return;
  await tenantsOfAssets(db, connection, [id]);
  throw globalDownstream(id);
}

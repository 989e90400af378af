import type { z } from "zod";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { parseInput } from "../fields.ts";
import { countsRequest, type LineageCountsRequest } from "./lineage.input.ts";
import { type Completeness, completenessOf, directionsOf, edgeChoice, scopeOf } from "./lineage.walk.ts";
import { type CountRow, countsStatement, type FacetRow, facetsStatement } from "./walk.sql.ts";

/** How many assets there are around one asset. */
export interface LineageCounts {
  /** `NODE_LIMITED` where a direction has more than a million assets, which are not counted further. */
  readonly completeness: Completeness;
  /** The root included. */
  readonly nodeCount: number;
  /** How many lie at each depth, from 0. */
  readonly byDepth: readonly number[];
  /** What was counted. */
  readonly request: z.output<typeof countsRequest>;
}

/** How many assets of a lineage have an asset type, or an owner. */
export interface FacetCount {
  /** Null for those without an owner. */
  readonly value: string | null;
  readonly count: number;
}

export interface LineageFacets {
  /** The 1,000 most frequent types, most frequent first. */
  readonly byAssetType: readonly FacetCount[];
  /** The 1,000 most frequent owners, most frequent first. */
  readonly byOwner: readonly FacetCount[];
}

/** What bounds the memory of a count. */
const MAX_COUNTED = 1_000_000;
const MAX_FACETS = 1000;

export function createLineageCounts(connection: TenantConnection) {
  const walkOf = (request: z.output<typeof countsRequest>) => ({
    ...scopeOf(connection, edgeChoice(request)),
    directions: directionsOf(request.direction),
    maxDepth: request.maxDepth,
    maxNodes: MAX_COUNTED,
    passable: undefined,
  });

  return {
    /** How many assets a walk would find, without a node budget; null when the root is not visible. Reads no asset but the root. */
    async count(input: LineageCountsRequest): Promise<LineageCounts | null> {
      const request = parseInput(countsRequest, input);
      const ids = { asset_id: request.assetId, direction: request.direction, max_depth: request.maxDepth };
      const [row] = await connection.operation("lineage.count", ids, async (db) => {
        return (await db.execute<CountRow>(countsStatement(request.assetId, walkOf(request)))).rows;
      });
      if (row === undefined) return null;
      const completeness = completenessOf(row);
      const nodeCount = row.sizes.reduce((sum, size) => sum + size, 0);
      connection.walked({ name: "lineage.count", size: nodeCount, completeness });
      return { completeness, nodeCount, byDepth: row.sizes, request };
    },

    /** What was counted, by asset type and by owner. */
    async countFacets({ request }: LineageCounts): Promise<LineageFacets> {
      const ids = { asset_id: request.assetId, direction: request.direction, max_depth: request.maxDepth };
      const rows = await connection.operation("lineage.countFacets", ids, async (db) => {
        const statement = facetsStatement(request.assetId, walkOf(request), MAX_FACETS);
        return (await db.execute<FacetRow>(statement)).rows;
      });
      const of = (facet: FacetRow["facet"]) =>
        rows.filter((row) => row.facet === facet).map(({ value, size }) => ({ value, count: size }));
      return { byAssetType: of("type"), byOwner: of("owner") };
    },
  };
}

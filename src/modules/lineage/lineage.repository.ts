import type { TenantConnection } from "../../db/tenant-connection.ts";
import { parseInput } from "../fields.ts";
import { createLineageAnswers } from "./lineage.answer.ts";
import { createLineageCounts } from "./lineage.counts.ts";
import { createLineageImpact } from "./lineage.impact.ts";
import { type ImpactRequest, impactRequest } from "./lineage.input.ts";
import { createLineagePaths } from "./lineage.paths.ts";
import { createLineageWalks, type Lineage } from "./lineage.walk.ts";

/** Walks over the edges that one tenant may see, and what they tell. */
export function createLineageRepository(connection: TenantConnection) {
  const walks = createLineageWalks(connection);
  const answers = Object.assign(createLineageAnswers(connection), createLineageCounts(connection));
  const others = Object.assign(createLineagePaths(connection), createLineageImpact(connection));
  // See the repository of assets.
  return Object.assign(walks, answers, others, {
    /**
     * What a change of an asset reaches: the lineage downstream of it, or null when it is not visible. `findStale`,
     * `findBlockers` and `findLatestExecutions` tell how that fares.
     */
    async findImpact(input: ImpactRequest): Promise<Lineage | null> {
      return walks.find({ ...parseInput(impactRequest, input), direction: "downstream" });
    },
  });
}

export type LineageRepository = ReturnType<typeof createLineageRepository>;

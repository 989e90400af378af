import DataLoader from "dataloader";
import type { Lineage, LineageEdge, LineageRepository } from "./lineage.repository.ts";

export function createLineageLoaders(lineages: LineageRepository) {
  return {
    /** The edges of a lineage, read when they or their number are asked for, and then once. */
    lineageEdges: new DataLoader<Lineage, LineageEdge[]>((wanted) =>
      Promise.all(wanted.map((lineage) => lineages.findEdges(lineage))),
    ),
  };
}

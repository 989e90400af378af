import { z } from "zod";
import { bulk, id, refuseRepetition } from "../fields.ts";
import { DEPENDENCY_TYPES } from "./dependency.table.ts";

export const dependencyType = z.enum(DEPENDENCY_TYPES, `must be one of ${DEPENDENCY_TYPES.join(", ")}`);

/** A new edge; an asset cannot depend on itself. */
export const newDependency = z
  .strictObject({ upstreamAssetId: id, downstreamAssetId: id, dependencyType })
  .refine(({ upstreamAssetId, downstreamAssetId }) => upstreamAssetId !== downstreamAssetId, {
    path: ["downstreamAssetId"],
    message: "must not be the upstream asset itself",
  });

/** Up to 1,000 new edges, none twice. */
export const newDependencies = bulk(newDependency).superRefine(
  refuseRepetition((item) => `${item.upstreamAssetId} ${item.downstreamAssetId} ${item.dependencyType}`),
);

export type NewDependency = z.input<typeof newDependency>;

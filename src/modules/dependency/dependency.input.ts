import { z } from "zod";
import { bulk, id } from "../fields.ts";
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
export const newDependencies = bulk(newDependency).superRefine((items, context) => {
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const key = `${item.upstreamAssetId} ${item.downstreamAssetId} ${item.dependencyType}`;
    if (seen.has(key)) context.addIssue({ code: "custom", path: [index], message: "must not repeat" });
    seen.add(key);
  });
});

export type NewDependency = z.input<typeof newDependency>;

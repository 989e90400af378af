import { z } from "zod";
import { bulk, id, MAX_BULK_ROWS, refuseRepetition, source } from "../fields.ts";
import { DEPENDENCY_TYPES } from "./dependency.table.ts";

/** Who asserts an edge where nobody says otherwise. */
export const DEFAULT_SOURCE = "api";

export const dependencyType = z.enum(DEPENDENCY_TYPES, `must be one of ${DEPENDENCY_TYPES.join(", ")}`);

const assertedBy = source.nullish().transform((value) => value ?? DEFAULT_SOURCE);

/** An edge that a source asserts; an asset cannot depend on itself. */
export const newDependency = z
  .strictObject({ upstreamAssetId: id, downstreamAssetId: id, dependencyType, source: assertedBy })
  .refine(({ upstreamAssetId, downstreamAssetId }) => upstreamAssetId !== downstreamAssetId, {
    path: ["downstreamAssetId"],
    message: "must not be the upstream asset itself",
  });

/** Up to 1,000 edges, none twice. */
export const newDependencies = bulk(newDependency).superRefine(
  refuseRepetition((item) => `${item.upstreamAssetId} ${item.downstreamAssetId} ${item.dependencyType}`),
);

const upstream = z.strictObject({ assetId: id, dependencyType });

/** All that a source asserts of the upstreams of one asset: none to 1,000, none twice, and not the asset itself. */
export const upstreamReplacement = z
  .strictObject({
    assetId: id,
    upstream: z
      .array(upstream, "must be a list")
      .max(MAX_BULK_ROWS, `must have at most ${MAX_BULK_ROWS} items`)
      .superRefine(refuseRepetition((item) => `${item.assetId} ${item.dependencyType}`, "assetId")),
    source: assertedBy,
  })
  .superRefine(({ assetId, upstream: items }, context) => {
    items.forEach((item, index) => {
      if (item.assetId !== assetId) return;
      const path = ["upstream", index, "assetId"];
      context.addIssue({ code: "custom", path, message: "must not be the downstream asset itself" });
    });
  });

export type NewDependency = z.input<typeof newDependency>;
export type UpstreamReplacement = z.input<typeof upstreamReplacement>;

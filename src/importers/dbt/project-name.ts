import { createHash } from "node:crypto";
import { name as storableName } from "../../modules/fields.ts";
import { ManifestError } from "./manifest-error.ts";
import type { Manifest } from "./manifest-shape.ts";

/**
 * The name of the root project. `metadata.project_name` says it since manifest v10. Before, `metadata.project_id` does:
 * it is the MD5 of the name ("hashed from the project name", https://schemas.getdbt.com/dbt/manifest/v10.json; dbt-core
 * 1.3 `Project.hashed_name`), so the name is the package whose hash it is. Where that fails too, a manifest of one
 * package is that package's. Size is no guide: an integration test project owns less than the package it tests.
 *
 * Nothing is guessed beyond that, because an import removes what earlier ones of the same project made.
 * @throws ManifestError if the name is not to be had, or cannot be stored
 */
export function readProjectName(manifest: Manifest): string {
  const { project_name: given, project_id: hash } = manifest.metadata;
  if (given != null && given.trim() !== "") {
    const broken = storableName.safeParse(given).error?.issues[0]?.message;
    if (broken !== undefined) throw new ManifestError(["metadata", "project_name"], broken);
    return given;
  }
  const ofAssets = packagesIn(manifest.nodes, manifest.sources, manifest.exposures);
  const packages = [...ofAssets, ...packagesIn(manifest.macros, manifest.disabled, manifest.metrics)];
  for (const candidate of packages) {
    if (createHash("md5").update(candidate).digest("hex") === hash) return candidate;
  }
  const [only, ...others] = ofAssets;
  if (only !== undefined && others.length === 0) return only;
  throw new ManifestError(
    ["metadata", "project_name"],
    `is missing, and metadata.project_id is the MD5 of none of its packages (${[...ofAssets].join(", ") || "there are none"})`,
  );
}

/** The packages that own the resources of some sections: the second part of every id (`model.<package>.<name>`). */
function packagesIn(...sections: (Record<string, unknown> | null | undefined)[]): Set<string> {
  const ids = sections.flatMap((section) => Object.keys(section ?? {}));
  return new Set(
    ids.map((id) => id.split(".")[1] ?? "").filter((name) => storableName.safeParse(name).success),
  );
}

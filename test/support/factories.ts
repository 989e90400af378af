import type { NewAsset } from "../../src/modules/asset/asset.input.ts";
import type { Asset } from "../../src/modules/asset/asset.select.ts";
import type { Execution } from "../../src/modules/execution/execution.select.ts";
import type { Repositories } from "../../src/modules/repositories.ts";
import type { NewWorkflow } from "../../src/modules/workflow/workflow.input.ts";
import type { Workflow } from "../../src/modules/workflow/workflow.select.ts";
import type { Party } from "./storage.ts";

/** A UUID that no row has. */
export const UNKNOWN_ID = "01890000-0000-7000-8000-000000000000";

let made = 0;

export function newAsset(fields: Partial<NewAsset> = {}): NewAsset {
  made += 1;
  return { name: `asset_${made}`, assetType: "table", ...fields };
}

export function newWorkflow(fields: Partial<NewWorkflow> = {}): NewWorkflow {
  made += 1;
  return { name: `workflow_${made}`, ...fields };
}

export function storeAsset(party: Party, fields: Partial<NewAsset> = {}): Promise<Asset> {
  return party.run(({ assets }) => assets.insert(newAsset(fields)));
}

/** Assets with names of their own, in the order given. */
export async function storeAssets(party: Party, names: readonly string[]): Promise<Asset[]> {
  const { assets } = await party.run((repositories) =>
    repositories.assets.upsertMany(names.map((name) => newAsset({ name }))),
  );
  return [...assets];
}

export function storeWorkflow(party: Party, fields: Partial<NewWorkflow> = {}): Promise<Workflow> {
  return party.run(({ workflows }) => workflows.insert(newWorkflow(fields)));
}

export function storeExecution(party: Party, workflowId: string): Promise<Execution> {
  return party.run(({ executions }) => executions.insert({ workflowId }));
}

/** An edge of type `data`, within the same work. */
export function link({ dependencies }: Repositories, upstreamAssetId: string, downstreamAssetId: string) {
  return dependencies.insert({ upstreamAssetId, downstreamAssetId, dependencyType: "data" });
}

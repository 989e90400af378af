import fc from "fast-check";
import type { Repositories } from "../../../../src/modules/repositories.ts";
import { modelAssets } from "./assets.ts";
import { modelDependencies } from "./dependencies.ts";
import { modelExecutions } from "./executions.ts";
import * as inputs from "./inputs.ts";
import { modelLineage } from "./lineage.ts";
import { LINEAGE_ACTS } from "./lineage-acts.ts";
import * as picks from "./picks.ts";
import { asShown } from "./shown.ts";
import type { Told } from "./told.ts";
import { modelWorkflows } from "./workflows.ts";
import type { View } from "./world.ts";

/** Everything that the store does, done by the model. */
export function modelOf(view: View) {
  return {
    assets: modelAssets(view),
    workflows: modelWorkflows(view),
    executions: modelExecutions(view),
    dependencies: modelDependencies(view),
    lineage: modelLineage(view),
  };
}

export type Model = ReturnType<typeof modelOf>;

type Arguments = fc.Arbitrary<readonly unknown[]>;
const args = (...each: fc.Arbitrary<unknown>[]): Arguments => fc.tuple(...each);

const change = (of: ReturnType<typeof inputs.changeOf>): Arguments =>
  of.map(({ id, change: patch, expected }) => [id, patch, expected]);

const importer = fc.oneof(fc.constantFrom(...inputs.IMPORTERS), fc.constantFrom("acme", "system"));
const side = fc.constantFrom("upstream", "downstream");
const query = (filter: fc.Arbitrary<unknown>, orderBy: fc.Arbitrary<unknown>, part: fc.Arbitrary<object>) =>
  fc
    .tuple(fc.record({ filter, orderBy }, { requiredKeys: [] }), part)
    .map(([what, which]) => ({ ...what, ...which }));
const assetOrder = inputs.orderBy("createdAt", "updatedAt", "name");
const executionOrder = inputs.orderBy("createdAt", "updatedAt", "startedAt");

/** Every method that reads, with what it may be asked. Of lineage, questions that take several methods. */
export const LIBRARY_READS: Readonly<Record<string, Arguments>> = {
  "assets.page": args(query(inputs.assetFilter, assetOrder, inputs.page("assets"))),
  "assets.list": args(query(inputs.assetFilter, assetOrder, inputs.window)),
  "assets.count": args(inputs.assetFilter),
  "assets.findManyByIds": args(picks.validIds("asset")),
  "assets.findManyByNames": args(picks.validNames("asset")),
  "assets.findById": args(picks.id("asset")),
  "assets.getById": args(picks.id("asset")),
  "assets.findByName": args(picks.nameOf("asset")),
  "workflows.page": args(query(inputs.workflowFilter, assetOrder, inputs.page("workflows"))),
  "workflows.list": args(query(inputs.workflowFilter, assetOrder, inputs.window)),
  "workflows.count": args(inputs.workflowFilter),
  "workflows.findManyByIds": args(picks.validIds("workflow")),
  "workflows.findManyByVersions": args(inputs.workflowVersions),
  "workflows.findById": args(picks.id("workflow")),
  "workflows.getById": args(picks.id("workflow")),
  "workflows.findByName": args(picks.nameOf("workflow"), fc.option(fc.integer({ min: 1, max: 3 }))),
  "workflows.listVersions": args(picks.nameOf("workflow")),
  "workflows.findLinks": args(picks.validIds("workflow")),
  "workflows.pagesByAsset": args(picks.validIds("asset"), inputs.page("asset.workflows")),
  "workflows.countsByAsset": args(picks.validIds("asset")),
  "executions.page": args(query(inputs.executionFilter, executionOrder, inputs.page("executions"))),
  "executions.list": args(query(inputs.executionFilter, executionOrder, inputs.window)),
  "executions.count": args(inputs.executionFilter),
  "executions.findManyByIds": args(picks.validIds("execution")),
  "executions.findById": args(picks.id("execution")),
  "executions.getById": args(picks.id("execution")),
  "executions.findByIdempotencyKey": args(picks.id("workflow"), inputs.idempotencyKey),
  "executions.pagesByWorkflow": args(picks.validIds("workflow"), inputs.page("workflow.executions")),
  "executions.countsByWorkflow": args(picks.validIds("workflow")),
  "executions.countPurgeable": args(inputs.purge),
  "dependencies.listUpstream": args(picks.id("asset"), inputs.window),
  "dependencies.listDownstream": args(picks.id("asset"), inputs.window),
  "dependencies.listAll": args(picks.id("asset"), inputs.window),
  "dependencies.list": args(inputs.window),
  "dependencies.count": args(),
  "dependencies.findManyByIds": args(picks.validIds("edge")),
  "dependencies.findById": args(picks.id("edge")),
  "dependencies.getById": args(picks.id("edge")),
  "dependencies.pagesByAsset": args(side, picks.validIds("asset"), inputs.page("asset.upstream")),
  "dependencies.countsByAsset": args(side, picks.validIds("asset")),
  "lineage.find": args(withOptions({ assetId: picks.id("asset") })),
  "lineage.findMany": args(withOptions({ assetIds: fc.array(picks.id("asset"), { maxLength: 4 }) })),
  "lineage.ofMadeUp": args(fc.array(picks.validId("asset"), { minLength: 1, maxLength: 5 }), choice()),
  "lineage.findImpact": args(
    perhaps(
      { assetId: picks.id("asset") },
      { maxDepth: inputs.maxDepth, maxNodes: inputs.maxNodes, filter: inputs.filter },
    ),
  ),
  "lineage.count": args(
    perhaps({ assetId: picks.id("asset") }, { direction: inputs.direction, maxDepth: inputs.maxDepth }),
  ),
  "lineage.findPaths": args(
    perhaps({ from: picks.id("asset"), to: picks.id("asset") }, { first: fc.integer({ min: 1, max: 3 }) }),
  ),
  "lineage.findPathEdges": args(fc.array(picks.validId("asset"), { minLength: 1, maxLength: 4 }), choice()),
  "lineage.findLatestExecutions": args(picks.validIds("asset")),
  "lineage.findEdgeDetails": args(fc.array(picks.validId("edge"), { minLength: 1, maxLength: 4 }), choice()),
};

/** Every method that writes, with what it may be given. */
export const LIBRARY_WRITES: Readonly<Record<string, Arguments>> = {
  "assets.insert": args(inputs.newAsset),
  "assets.update": change(inputs.changeOf("asset", inputs.assetPatch)),
  "assets.remove": args(picks.id("asset", "change")),
  "assets.removeMany": args(fc.array(picks.validId("asset", "change"), { maxLength: 2 })),
  "assets.upsertMany": args(inputs.newAssets),
  "assets.claim": args(importer, picks.validIds("asset")),
  "assets.release": args(importer, picks.validIds("asset")),
  "workflows.insert": args(inputs.newWorkflow),
  "workflows.insertVersion": args(inputs.newVersion),
  "workflows.update": change(inputs.changeOf("workflow", inputs.workflowPatch)),
  "workflows.remove": args(
    picks.id("workflow", "change"),
    fc.record({ cascade: fc.boolean() }, { requiredKeys: [] }),
  ),
  "executions.insert": args(inputs.newExecution),
  "executions.insertOrGet": args(inputs.newExecution),
  "executions.update": change(inputs.changeOfExecution),
  "executions.remove": args(picks.id("execution", "change")),
  "executions.purge": args(inputs.purge),
  "dependencies.insert": args(inputs.newDependency),
  "dependencies.insertMany": args(inputs.newDependencies),
  "dependencies.assertMany": args(inputs.newDependencies),
  "dependencies.replaceUpstreams": args(inputs.replacement),
  "dependencies.withdraw": args(picks.id("edge", "change"), inputs.source),
  "dependencies.release": args(inputs.source, picks.validIds("edge")),
  "dependencies.update": args(
    picks.id("edge", "change"),
    fc.record({ dependencyType: inputs.dependencyType }),
  ),
  "dependencies.remove": args(picks.id("edge", "change")),
  "dependencies.removeMany": args(fc.array(picks.validId("edge", "change"), { maxLength: 2 })),
  "dependencies.removeAll": args(picks.id("asset", "change")),
};

/** Methods of which the answer is in no particular order. */
const UNORDERED = /\.(findManyBy\w+|release|purge)$/;

/** Asks the store. What it throws at once is thrown as what it refuses later. */
export async function askStore(
  from: Repositories,
  method: string,
  given: readonly unknown[],
): Promise<unknown> {
  const [entity, name] = partsOf(method);
  const question: unknown = entity === "lineage" ? Reflect.get(LINEAGE_ACTS, name) : undefined;
  if (question !== undefined) return call(question, "ask", [from.lineage, ...given]);
  const answer: unknown = await call(Reflect.get(from, entity), name, given);
  if (!UNORDERED.test(method) || !Array.isArray(answer)) return answer;
  return new Map(answer.map((row) => [row.id, row]));
}

/** Asks the model the same. */
export function askModel(view: View, method: string, given: readonly unknown[], told: Told): unknown {
  const [entity, name] = partsOf(method);
  const model = modelOf(view);
  const question: unknown = entity === "lineage" ? Reflect.get(LINEAGE_ACTS, name) : undefined;
  if (question !== undefined) return call(question, "answer", [model.lineage, ...given]);
  const written = method in LIBRARY_WRITES ? [told] : [];
  return asShown(view, call(Reflect.get(model, entity), name, [...given, ...written]));
}

function call(on: unknown, method: string, given: readonly unknown[]): unknown {
  const found: unknown = typeof on === "object" && on !== null ? Reflect.get(on, method) : undefined;
  if (typeof found !== "function") throw new Error(`there is no ${method}`);
  return Reflect.apply(found, on, given);
}

function partsOf(method: string): [entity: string, name: string] {
  const [entity = "", name = ""] = method.split(".");
  return [entity, name];
}

function perhaps(
  required: Record<string, fc.Arbitrary<unknown>>,
  more: Record<string, fc.Arbitrary<unknown>>,
) {
  const model: Record<string, fc.Arbitrary<unknown>> = { ...required, ...more, ...inputs.edgeChoice };
  return fc.record(model, { requiredKeys: Object.keys(required) });
}

function withOptions(required: Record<string, fc.Arbitrary<unknown>>) {
  return fc.tuple(fc.record(required), inputs.lineageOptions).map(([what, how]) => ({ ...what, ...how }));
}

function choice(): fc.Arbitrary<unknown> {
  return fc.record(inputs.edgeChoice, { requiredKeys: [] });
}

import { readFileSync } from "node:fs";
import { buildSchema, type DocumentNode, execute, parse } from "graphql";
import type { PageRequest } from "../../../../src/db/keyset.ts";
import type { InputPath } from "../../../../src/errors.ts";
import type { ShownError } from "../../answer.ts";
import { connection, modelNodes, type Nodes } from "./api-nodes.ts";
import { inLibrary } from "./api-words.ts";
import { type Model, modelOf } from "./library.ts";
import { badInput, Refusal, validId } from "./refusals.ts";
import { Told } from "./told.ts";
import type { View } from "./world.ts";

/** The printed schema, without anything of ours in it: the model answers as the source of its fields. */
const schema = buildSchema(committed("schema.graphql"));
const sdl = committed("subgraph.graphql");

function committed(name: string): string {
  return readFileSync(new URL(`../../../../${name}`, import.meta.url), "utf8");
}

const parsed = new Map<string, DocumentNode>();

function documentOf(text: string): DocumentNode {
  const document = parsed.get(text) ?? parse(text);
  parsed.set(text, document);
  return document;
}

/** What a client is told, errors in the order of their paths. */
export interface ApiAnswer {
  readonly data: unknown;
  readonly errors: readonly Pick<ShownError, "message" | "path" | "extensions">[];
}

export const inPathOrder = <E extends Pick<ShownError, "path">>(errors: readonly E[]): E[] =>
  errors.toSorted((a, b) => (JSON.stringify(a.path) < JSON.stringify(b.path) ? -1 : 1));

/** What the API must answer. Of what the server chooses the model is told by the API's own answer. */
export function answerOf(view: View, document: string, variables: object, told: unknown): ApiAnswer {
  const model = modelOf(view);
  const nodes = modelNodes(view, model);
  const result = execute({
    schema,
    document: documentOf(document),
    rootValue: { ...queries(model, nodes), ...mutations(view, model, nodes, new Told(told)) },
    variableValues: JSON.parse(JSON.stringify(variables)),
  });
  if (result instanceof Promise) throw new Error("the model answers at once");
  const errors = (result.errors ?? []).map((error) => {
    const { originalError: refusal, message, path = [] } = error;
    // Not a refusal of the model's: a fault of its own, or a document that does not fit.
    if (!(refusal instanceof Refusal)) throw refusal ?? error;
    const inputPath = refusal.input && { inputPath: [...refusal.input.path] };
    return { message, path: [...path], extensions: { code: refusal.code, ...inputPath } };
  });
  return { data: result.data, errors: inPathOrder(errors) };
}

type Arguments<Method> = Method extends (argument: infer Argument, ...more: never[]) => unknown
  ? Argument
  : never;

/** What the library refuses, it says of its own argument; the API says where that stands. */
function within<Result>(path: InputPath, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal) || error.input === undefined) throw error;
    throw badInput([...path, ...error.input.path], error.input.rule);
  }
}

interface Representation {
  readonly __typename: string;
  readonly id?: string;
  readonly name?: string;
  readonly version?: number;
}

function entities({ assets, workflows, executions, dependencies }: Model, nodes: Nodes) {
  const find = ({ __typename, id, name, version }: Representation) => {
    switch (__typename) {
      case "Asset":
        return nodes.orNull(
          id === undefined ? assets.findByName(name ?? "") : assets.findById(id),
          nodes.asset,
        );
      case "Workflow":
        if (id !== undefined) return nodes.orNull(workflows.findById(id), nodes.workflow);
        if (version === undefined) throw badInput([], "must have id, or name and version");
        return nodes.orNull(workflows.findByName(name ?? "", version), nodes.workflow);
      case "Execution":
        return nodes.orNull(executions.findById(id ?? ""), nodes.execution);
      default:
        return nodes.orNull(dependencies.findById(id ?? ""), nodes.dependency);
    }
  };
  /** What cannot be told of one is told in its place. */
  return (representation: Representation, index: number): unknown => {
    try {
      const found = within(["representations", index], () => find(representation));
      return found && { ...found, __typename: representation.__typename };
    } catch (error) {
      return error;
    }
  };
}

function queries(model: Model, nodes: Nodes): object {
  const { orNull } = nodes;
  const { assets, workflows, executions, lineage } = model;
  const list =
    <Row>(
      rows: { page(query: object): Parameters<typeof connection<Row>>[0]; count(filter: never): number },
      node: (row: Row) => object,
    ) =>
    (args: object) => {
      const asked = inLibrary(args) as { filter?: never } & PageRequest;
      return connection(rows.page(asked), node, () => rows.count(asked.filter as never));
    };
  return {
    _entities: ({ representations }: { representations: readonly Representation[] }) =>
      representations.map(entities(model, nodes)),
    _service: () => ({ sdl }),
    asset: ({ id }: { id: string }) => nodes.assetById(validId(id, "id")),
    assetByName: ({ name }: { name: string }) => orNull(assets.findByName(name), nodes.asset),
    assets: list(assets, nodes.asset),
    workflow: ({ id }: { id: string }) => orNull(workflows.findById(id), nodes.workflow),
    workflowByName: ({ name, version }: { name: string; version?: number }) =>
      orNull(workflows.findByName(name, version), nodes.workflow),
    workflows: list(workflows, nodes.workflow),
    execution: ({ id }: { id: string }) => orNull(executions.findById(id), nodes.execution),
    executions: list(executions, nodes.execution),
    lineage: (args: object) =>
      orNull(lineage.find(inLibrary(args) as Arguments<typeof lineage.find>), nodes.lineage),
    lineages: (args: object) =>
      lineage
        .findMany(inLibrary(args) as Arguments<typeof lineage.findMany>)
        .map((each) => orNull(each, nodes.lineage)),
    impact: (args: object) =>
      orNull(lineage.findImpact(inLibrary(args) as Arguments<typeof lineage.findImpact>), nodes.impact),
    lineageCounts: (args: object) =>
      orNull(lineage.count(inLibrary(args) as Arguments<typeof lineage.count>), (counts) => ({
        ...counts,
        byDepth: counts.byDepth.map((count, depth) => ({ depth, count })),
        byAssetType: counts.byAssetType.map(({ value, count }) => ({ assetType: value, count })),
        byOwner: counts.byOwner.map(({ value, count }) => ({ owner: value, count })),
      })),
    lineagePaths: (args: object) => {
      const asked = inLibrary(args) as Arguments<typeof lineage.findPaths>;
      return orNull(lineage.findPaths(asked), ({ paths, hasMore }) => ({
        ...{ completeness: "COMPLETE", hasMore },
        paths: paths.map((ids) => ({
          length: ids.length - 1,
          assets: ids.map(nodes.assetById),
          edges: lineage.pathEdges(ids, asked).map((edge) => nodes.lineageEdge(edge, asked.asOf ?? null)),
        })),
      }));
    },
  };
}

function mutations(view: View, model: Model, nodes: Nodes, told: Told): object {
  const { assets, workflows, executions, dependencies } = model;
  /** Whether somebody may write is asked before anything of the input. */
  const mutation =
    <Input>(name: string, work: (input: Input, payload: Told) => object) =>
    ({ input }: { input: unknown }) => {
      view.assertMayWrite();
      return within(["input"], () => work(inLibrary(input) as Input, told.at(name)));
    };
  type Changed<Patch, Expected> = Patch & Expected & { readonly id: string };
  const deleted = ({ id }: { readonly id: string }) => ({ deletedId: validId(id, "id") });
  const all = {
    createAsset: (input: Arguments<typeof assets.insert>, payload: Told) => ({
      asset: nodes.asset(assets.insert(input, payload.at("asset"))),
    }),
    updateAsset: (
      { id, expectedUpdatedAt, ...patch }: Changed<object, { expectedUpdatedAt?: Date }>,
      payload: Told,
    ) => ({
      asset: nodes.asset(assets.update(id, patch, { expectedUpdatedAt }, payload.at("asset"))),
    }),
    deleteAsset: ({ id }: { id: string }) => {
      assets.remove(id);
      return deleted({ id });
    },
    upsertAssets: (input: { assets: Arguments<typeof assets.upsertMany> }, payload: Told) => {
      const done = assets.upsertMany(input.assets, payload);
      const { created: createdCount, updated: updatedCount, unchanged: unchangedCount } = done;
      return { createdCount, updatedCount, unchangedCount, assets: done.assets.map(nodes.asset) };
    },
    createWorkflow: (input: Arguments<typeof workflows.insert>, payload: Told) => ({
      workflow: nodes.workflow(workflows.insert(input, payload.at("workflow"))),
    }),
    createWorkflowVersion: (input: Arguments<typeof workflows.insertVersion>, payload: Told) => ({
      workflow: nodes.workflow(workflows.insertVersion(input, payload.at("workflow"))),
    }),
    updateWorkflow: (
      { id, expectedUpdatedAt, ...patch }: Changed<object, { expectedUpdatedAt?: Date }>,
      payload: Told,
    ) => ({
      workflow: nodes.workflow(workflows.update(id, patch, { expectedUpdatedAt }, payload.at("workflow"))),
    }),
    deleteWorkflow: ({ id, cascade }: { id: string; cascade?: boolean | null }) => {
      workflows.remove(id, { cascade: cascade ?? false });
      return deleted({ id });
    },
    createExecution: (input: Arguments<typeof executions.insertOrGet>, payload: Told) => {
      const { created, execution } = executions.insertOrGet(input, payload);
      return { created, execution: nodes.execution(execution) };
    },
    updateExecution: (
      { id, expectedUpdatedAt, ...patch }: Changed<object, { expectedUpdatedAt?: Date }>,
      payload: Told,
    ) => ({
      execution: nodes.execution(
        executions.update(id, patch, { expectedUpdatedAt }, payload.at("execution")),
      ),
    }),
    deleteExecution: ({ id }: { id: string }) => {
      executions.remove(id);
      return deleted({ id });
    },
    createAssetDependency: (input: Arguments<typeof dependencies.insert>, payload: Told) => ({
      dependency: nodes.orNull(dependencies.insert(input, payload.at("dependency")), nodes.dependency),
    }),
    createAssetDependencies: (
      input: { dependencies: Arguments<typeof dependencies.insertMany> },
      payload: Told,
    ) => ({
      dependencies: dependencies
        .insertMany(input.dependencies, payload.at("dependencies"))
        .map(nodes.dependency),
    }),
    deleteAssetDependency: ({ id, source }: { id: string; source?: string | null }, payload: Told) => {
      const left = source
        ? dependencies.withdraw(id, source, payload.at("dependency"))
        : dependencies.remove(id);
      return left
        ? { deletedId: null, dependency: nodes.dependency(left) }
        : { ...deleted({ id }), dependency: null };
    },
    replaceUpstreams: (input: Arguments<typeof dependencies.replaceUpstreams>, payload: Told) => {
      const done = dependencies.replaceUpstreams(input, payload);
      return {
        ...{ createdCount: done.created, endedCount: done.ended, asset: nodes.assetById(done.assetId) },
        dependencies: done.dependencies.map(nodes.dependency),
      };
    },
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, work]) => [
      name,
      mutation(name, work as (input: unknown, payload: Told) => object),
    ]),
  );
}

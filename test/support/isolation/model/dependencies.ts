import type { PageRequest } from "../../../../src/db/keyset.ts";
import type {
  NewDependency,
  UpstreamReplacement,
} from "../../../../src/modules/dependency/dependency.input.ts";
import type { DependencyType } from "../../../../src/modules/dependency/dependency.table.ts";
import { byId, noSuch, ownRow } from "./changes.ts";
import {
  countsByParent,
  inOrder,
  NEWEST_FIRST,
  pagesByParent,
  parseWindow,
  planPage,
  type Window,
} from "./paging.ts";
import { badInput, conflict, forbidden, notFound, refuseDoubles, validId, validLabel } from "./refusals.ts";
import { Difference, Later, type Told } from "./told.ts";
import type { EdgeRow, View } from "./world.ts";

export type Side = "upstream" | "downstream";
type Assertion = Omit<NewDependency, "source"> & { readonly source: string };

const OLDEST_FIRST = { field: "createdAt", direction: "asc" } as const;
const existsAlready = () => conflict("A dependency of this type between these assets exists already.");

/** What the store's dependencies must do. Of what the server chooses each is told. */
export function modelDependencies(view: View) {
  const { world, actor } = view;

  const touches = (id: string) => (row: EdgeRow) =>
    row.upstreamAssetId === id || row.downstreamAssetId === id;
  const on = (side: Side, id: string) =>
    view
      .seen("edge")
      .filter((row) => id === (side === "upstream" ? row.downstreamAssetId : row.upstreamAssetId));

  const asserted = (edge: Omit<NewDependency, "source">) =>
    view
      .mine("edge")
      .find(
        (row) =>
          row.upstreamAssetId === edge.upstreamAssetId &&
          row.downstreamAssetId === edge.downstreamAssetId &&
          row.dependencyType === edge.dependencyType,
      );

  function checkAssets(assertions: readonly Assertion[]): void {
    const { own } = view;
    const ids = assertions.flatMap(({ upstreamAssetId, downstreamAssetId }) => [
      upstreamAssetId,
      downstreamAssetId,
    ]);
    const missing = ids.find((id) => view.find("asset", id) === undefined);
    if (missing !== undefined) throw noSuch("asset", missing);
    const global = assertions.find(({ downstreamAssetId: id }) => view.find("asset", id)?.tenant !== own);
    if (global !== undefined) throw globalDownstream(global.downstreamAssetId);
  }

  function store({ source, ...edge }: Assertion, told: Told): EdgeRow {
    const row = asserted(edge);
    if (row === undefined) {
      const [createdAt, validFrom] = [told.moment("createdAt"), told.moment("validFrom")];
      return world.add("edge", {
        ...{
          ...edge,
          tenant: view.own,
          id: told.newId(world.known.edge),
          sources: [source],
          createdAt,
          validFrom,
        },
        ...{ lastSeenAt: validFrom, updatedAt: createdAt, createdBy: actor.signs, updatedBy: actor.signs },
      });
    }
    const lastSeenAt = told.moment("lastSeenAt");
    if (lastSeenAt < row.lastSeenAt) throw new Difference("lastSeenAt is earlier than it was");
    if (row.sources.includes(source)) return world.replace("edge", row.id, { lastSeenAt });
    return world.replace("edge", row.id, {
      ...{ lastSeenAt, sources: [...row.sources, source], updatedBy: actor.signs },
      updatedAt: told.updatedAt(row.updatedAt),
    });
  }

  function end(rows: readonly EdgeRow[]): number {
    for (const { createdAt: _, updatedAt: __, createdBy: ___, updatedBy: ____, ...span } of rows)
      world.past = [
        ...world.past,
        { ...span, validTo: new Later(span.validFrom), instants: world.instants.length },
      ];
    world.edge = world.edge.filter((row) => !rows.includes(row));
    return rows.length;
  }

  /** Takes a source away from edges that it asserts; returns how many have ended by it. */
  function withdrawFrom(rows: readonly EdgeRow[], source: string, told: Told): number {
    for (const { id, sources, updatedAt } of rows.filter((row) => row.sources.length > 1))
      world.replace("edge", id, {
        sources: sources.filter((each) => each !== source),
        updatedAt: told.updatedAt(updatedAt),
        updatedBy: actor.signs,
      });
    return end(rows.filter(({ sources }) => sources.length === 1));
  }

  /** Assertions that hold no other's, or are refused. */
  function insertAll(assertions: readonly Assertion[], tellingOf: (index: number) => Told): EdgeRow[] {
    checkAssets(assertions);
    if (assertions.some((each) => asserted(each)?.sources.includes(each.source))) throw existsAlready();
    return assertions.map((each, index) => store(each, tellingOf(index)));
  }

  return {
    listUpstream(id: string, window: Window = {}) {
      const asset = validId(id, "assetId");
      return parseWindow(window)(inOrder(on("upstream", asset), OLDEST_FIRST));
    },
    listDownstream(id: string, window: Window = {}) {
      const asset = validId(id, "assetId");
      return parseWindow(window)(inOrder(on("downstream", asset), OLDEST_FIRST));
    },
    listAll(id: string, window: Window = {}) {
      const asset = validId(id, "assetId");
      return parseWindow(window)(inOrder(view.seen("edge").filter(touches(asset)), OLDEST_FIRST));
    },
    list: (window: Window = {}) => parseWindow(window)(inOrder(view.seen("edge"), OLDEST_FIRST)),
    count: () => view.seen("edge").length,
    findManyByIds: (ids: readonly string[]) => byId(view.seen("edge").filter(({ id }) => ids.includes(id))),
    findById: (id: string) => view.find("edge", validId(id, "id")) ?? null,
    getById(id: string) {
      const row = view.find("edge", validId(id, "id"));
      if (row === undefined) throw noSuch("edge", id);
      return row;
    },
    pagesByAsset: (side: Side, ids: readonly string[], request: PageRequest) =>
      pagesByParent(planPage(view, `asset.${side}`, request, NEWEST_FIRST), ids, (id) => on(side, id)),
    countsByAsset: (side: Side, ids: readonly string[]) => countsByParent(ids, (id) => on(side, id).length),

    insert(input: NewDependency, told: Told) {
      return insertAll([checked(input)], () => told)[0];
    },
    insertMany(input: readonly NewDependency[], told: Told) {
      return insertAll(checkedAll(input), (index) => told.at(index));
    },
    assertMany(input: readonly NewDependency[], told: Told) {
      const assertions = checkedAll(input);
      checkAssets(assertions);
      const created = assertions.filter((each) => asserted(each) === undefined).length;
      const dependencies = assertions.map((each, index) => store(each, told.at("dependencies", index)));
      return { created, dependencies };
    },
    replaceUpstreams(input: UpstreamReplacement, told: Told) {
      const { assetId, source, assertions } = checkedReplacement(input);
      const { own } = view;
      const asset = view.find("asset", assetId);
      if (asset === undefined) throw noSuch("asset", assetId);
      if (asset.tenant !== own) throw globalDownstream(assetId);
      checkAssets(assertions);
      const created = assertions.filter((each) => asserted(each) === undefined).length;
      const before = view.mine("edge").filter((row) => row.downstreamAssetId === assetId);
      const dependencies = assertions.map((each, index) => store(each, told.at("dependencies", index)));
      const kept = dependencies.map(({ id }) => id);
      const givenUp = before.filter(({ id, sources }) => sources.includes(source) && !kept.includes(id));
      return { assetId, created, dependencies, ended: withdrawFrom(givenUp, source, told.at("nowhere")) };
    },
    withdraw(id: string, source: string, told: Told) {
      const dependencyId = validId(id, "id");
      validLabel(source, "source");
      const row = ownRow(view, "edge", dependencyId);
      if (!row.sources.includes(source))
        throw notFound(`No source ${JSON.stringify(source)} asserts the dependency ${dependencyId}.`);
      withdrawFrom([row], source, told);
      return view.find("edge", dependencyId) ?? null;
    },
    release(source: string, keptIds: readonly string[], told: Told) {
      validLabel(source, "source");
      const rows = view
        .mine("edge")
        .filter((row) => row.sources.includes(source) && !keptIds.includes(row.id));
      return withdrawFrom(rows, source, told);
    },
    update(id: string, { dependencyType }: { readonly dependencyType: DependencyType }, told: Told) {
      const row = ownRow(view, "edge", validId(id, "id"));
      const isChanged = row.dependencyType !== dependencyType;
      if (isChanged && asserted({ ...row, dependencyType }) !== undefined) throw existsAlready();
      const validFrom = isChanged ? told.moment("validFrom") : row.validFrom;
      if (isChanged) {
        end([row]);
        world.add("edge", row);
      }
      return world.replace("edge", row.id, {
        ...{ dependencyType, validFrom, updatedAt: told.updatedAt(row.updatedAt), updatedBy: actor.signs },
      });
    },
    remove(id: string) {
      end([ownRow(view, "edge", validId(id, "id"))]);
    },
    removeMany(ids: readonly string[]) {
      end(view.mine("edge").filter((row) => ids.includes(row.id)));
    },
    removeAll: (id: string) => {
      const asset = validId(id, "assetId");
      return end(view.mine("edge").filter(touches(asset)));
    },
  };
}

const globalDownstream = (id: string) =>
  forbidden(`The asset ${id} is global; only the system may let it depend on something.`);

function checked(input: NewDependency, ...path: readonly (string | number)[]): Assertion {
  const upstreamAssetId = validId(input.upstreamAssetId, ...path, "upstreamAssetId");
  const downstreamAssetId = validId(input.downstreamAssetId, ...path, "downstreamAssetId");
  const source = validLabel(input.source ?? "api", ...path, "source");
  if (upstreamAssetId === downstreamAssetId)
    throw badInput([...path, "downstreamAssetId"], "must not be the upstream asset itself");
  return { upstreamAssetId, downstreamAssetId, dependencyType: input.dependencyType, source };
}

const edgeKey = (edge: Assertion) =>
  `${edge.upstreamAssetId} ${edge.downstreamAssetId} ${edge.dependencyType}`;

function checkedAll(input: readonly NewDependency[]): Assertion[] {
  const items = input.map((item, index) => checked(item, "dependencies", index));
  refuseDoubles(items, edgeKey, (index) => ["dependencies", index]);
  return items;
}

function checkedReplacement({ assetId: id, upstream, source: given }: UpstreamReplacement) {
  const assetId = validId(id, "assetId");
  const assertions = upstream.map((item, index) => ({
    upstreamAssetId: validId(item.assetId, "upstream", index, "assetId"),
    downstreamAssetId: assetId,
    dependencyType: item.dependencyType,
    source: given ?? "api",
  }));
  refuseDoubles(assertions, edgeKey, (index) => ["upstream", index, "assetId"]);
  const source = validLabel(given ?? "api", "source");
  const self = assertions.findIndex(({ upstreamAssetId }) => upstreamAssetId === assetId);
  if (self >= 0) throw badInput(["upstream", self, "assetId"], "must not be the downstream asset itself");
  return { assetId, source, assertions };
}

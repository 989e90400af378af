import { isDeepStrictEqual } from "node:util";
import type { PageRequest } from "../../../../src/db/keyset.ts";
import { GLOBAL_TENANT } from "../../../../src/db/tenant.ts";
import type { AssetFilter, AssetPatch, NewAsset } from "../../../../src/modules/asset/asset.input.ts";
import type { PartitionConfig } from "../../../../src/modules/asset/partition-config.ts";
import { byId, type Expected, given, noSuch, ownRow } from "./changes.ts";
import {
  compareBytes,
  inOrder,
  isOneOf,
  NEWEST_FIRST,
  nameMatches,
  type Order,
  parseWindow,
  planPage,
  tagsMatch,
  type Window,
} from "./paging.ts";
import { badInput, conflict, refuseDoubles, validId, validLabel } from "./refusals.ts";
import type { Told } from "./told.ts";
import type { AssetRow, View } from "./world.ts";

type Query = { readonly filter?: AssetFilter | null; readonly orderBy?: Order | null };

/** What the store's assets must do. Of what the server chooses each is told. */
export function modelAssets(view: View) {
  const { world, actor } = view;

  function matching({ name, types, owners, tags, scope }: AssetFilter): AssetRow[] {
    const inScope = ({ tenant }: AssetRow) =>
      scope === "own" ? tenant === actor.own : scope === "global" ? tenant === GLOBAL_TENANT : true;
    return view
      .seen("asset")
      .filter(
        (row) =>
          inScope(row) &&
          nameMatches(row.name, name as Parameters<typeof nameMatches>[1]) &&
          isOneOf(row.assetType, types) &&
          isOneOf(row.owner, owners) &&
          tagsMatch(row.tags, tags as Parameters<typeof tagsMatch>[1]),
      );
  }

  const ownNamed = (name: string) => view.mine("asset").find((row) => row.name === name);

  const store = (input: NewAsset, told: Told): AssetRow =>
    world.add("asset", {
      ...stored(input),
      tenant: view.own,
      id: told.newId(world.known.asset),
      importedBy: [],
      createdAt: told.moment("createdAt"),
      updatedAt: told.moment("createdAt"),
      createdBy: actor.signs,
      updatedBy: actor.signs,
    });

  const change = (row: AssetRow, fields: Partial<AssetRow>, told: Told): AssetRow =>
    world.replace("asset", row.id, {
      ...fields,
      updatedAt: told.updatedAt(row.updatedAt),
      updatedBy: actor.signs,
    });

  /** One's own asset of that name, else the global one. */
  function named(name: string): AssetRow | undefined {
    const all = view.seen("asset").filter((row) => row.name === name);
    return all.find(({ tenant }) => tenant !== GLOBAL_TENANT) ?? all[0];
  }

  /** All or none of some own assets, with all that hangs on them. */
  function removeAll(rows: readonly AssetRow[]): void {
    const ids = rows.map(({ id }) => id);
    const isOwn = ({ tenant }: { readonly tenant: string }) => tenant === view.own;
    const touches = (row: { readonly upstreamAssetId: string; readonly downstreamAssetId: string }) =>
      ids.includes(row.upstreamAssetId) || ids.includes(row.downstreamAssetId);
    const links = (row: World["workflow"][number]) => row.links.some(({ assetId }) => ids.includes(assetId));
    if (
      world.edge.some((row) => !isOwn(row) && touches(row)) ||
      world.workflow.some((row) => !isOwn(row) && links(row))
    )
      throw conflict("The asset is still in use.");
    world.edge = world.edge.filter((row) => !touches(row));
    world.past = world.past.filter((row) => !touches(row));
    world.workflow = world.workflow.map((row) =>
      links(row) ? { ...row, links: row.links.filter(({ assetId }) => !ids.includes(assetId)) } : row,
    );
    world.asset = world.asset.filter(({ id }) => !ids.includes(id));
  }

  return {
    page(query: Query & PageRequest = {}) {
      const plan = planPage(view, "assets", query, query.orderBy ?? NEWEST_FIRST);
      return plan.of(matching(query.filter ?? {}));
    },
    list(query: Query & Window = {}) {
      const cut = parseWindow(query);
      return cut(inOrder(matching(query.filter ?? {}), query.orderBy ?? NEWEST_FIRST));
    },
    count: (filter?: AssetFilter | null) => matching(filter ?? {}).length,
    findManyByIds: (ids: readonly string[]) => byId(view.seen("asset").filter(({ id }) => ids.includes(id))),
    findManyByNames: (names: readonly string[]) => byId(names.flatMap((name) => named(name) ?? [])),
    findById: (id: string) => view.find("asset", validId(id, "id")) ?? null,
    getById(id: string) {
      const row = view.find("asset", validId(id, "id"));
      if (row === undefined) throw noSuch("asset", id);
      return row;
    },
    findByName: (name: string) => named(validLabel(name, "name")) ?? null,
    insert(input: NewAsset, told: Told) {
      validLabel(input.name, "name");
      if (ownNamed(input.name) !== undefined) throw nameTaken(input.name);
      return store(input, told);
    },
    update(id: string, patch: AssetPatch, expected: Expected, told: Told) {
      const assetId = validId(id, "id");
      if (patch.name !== undefined) validLabel(patch.name, "name");
      if (Object.keys(given(patch)).length === 0) throw badInput([], "must change at least one field");
      const row = ownRow(view, "asset", assetId, expected);
      const taken = patch.name === undefined ? undefined : ownNamed(patch.name);
      if (taken !== undefined && taken !== row) throw nameTaken(taken.name);
      return change(row, merged(patch), told);
    },
    remove(id: string) {
      removeAll([ownRow(view, "asset", validId(id, "id"))]);
    },
    removeMany(ids: readonly string[]) {
      removeAll(view.mine("asset").filter((row) => ids.includes(row.id)));
    },
    upsertMany(items: readonly NewAsset[], told: Told) {
      items.forEach(({ name }, index) => {
        validLabel(name, "assets", index, "name");
      });
      refuseDoubles(
        items,
        ({ name }) => name,
        (index) => ["assets", index, "name"],
      );
      const did = { created: 0, updated: 0, unchanged: 0 };
      const assets = items.map((item, index) => {
        const [before, after] = [ownNamed(item.name), told.at("assets", index)];
        if (before === undefined) {
          did.created += 1;
          return store(item, after);
        }
        const fields = merged(item);
        if (isDeepStrictEqual(plain({ ...before, ...fields }), plain(before))) {
          did.unchanged += 1;
          return before;
        }
        did.updated += 1;
        return change(before, fields, after);
      });
      return { ...did, assets };
    },
    claim(importer: string, ids: readonly string[]) {
      for (const { id, importedBy } of view.mine("asset").filter((row) => ids.includes(row.id)))
        world.replace("asset", id, { importedBy: [...new Set([...importedBy, importer])] });
    },
    release(importer: string, keptIds: readonly string[]) {
      const released = view
        .mine("asset")
        .filter(
          ({ id, createdBy, importedBy }) =>
            !keptIds.includes(id) &&
            (importedBy.includes(importer) || (createdBy === importer && importedBy.length === 0)),
        );
      return byId(
        released.map(({ id, name, createdBy, importedBy }) => {
          const left = importedBy.filter((each) => each !== importer);
          world.replace("asset", id, { importedBy: left });
          return { id, name, createdBy, importedBy: left };
        }),
      );
    },
  };
}

type World = View["world"];

const nameTaken = (name: string) => conflict(`An asset named ${JSON.stringify(name)} exists already.`);

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function stored({ name, assetType, description, owner, ...rest }: NewAsset) {
  const { tags = [], partitionConfig = null, properties = {} } = merged(rest);
  return {
    ...{ name, assetType, description: description ?? null, owner: owner ?? null },
    ...{ tags, partitionConfig, properties },
  };
}

/** The fields that are given, as they are stored. */
function merged({ tags, partitionConfig, properties, ...rest }: AssetPatch): Partial<AssetRow> {
  return given({
    ...(rest as Partial<AssetRow>),
    tags: tags === undefined ? undefined : [...(tags ?? [])].sort(compareBytes),
    partitionConfig: partitionConfig ? storedPartitions(partitionConfig) : partitionConfig,
    properties: properties === undefined ? undefined : (properties ?? {}),
  }) as Partial<AssetRow>;
}

function storedPartitions(config: NonNullable<NewAsset["partitionConfig"]>): PartitionConfig {
  const { time, static: fixed, range } = config;
  if (time)
    return {
      kind: "time",
      granularity: time.granularity,
      start: time.start.toISOString(),
      timezone: time.timezone ?? "UTC",
    };
  if (fixed) return { kind: "static", keys: fixed.keys };
  return { kind: "range", ...range } as PartitionConfig;
}

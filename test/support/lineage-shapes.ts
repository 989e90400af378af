import { type Copies, storeCopies } from "./copies.ts";
import type { ReferenceAsset, ReferenceGraph } from "./lineage-reference.ts";
import { nextId, storeOriginals } from "./lineage-store.ts";
import { present } from "./present.ts";
import type { TestStorage } from "./storage.ts";

/** An edge between two places. */
export type Pair = readonly [from: number, to: number];

/** Where edges lead to from each of the places 0, 1, …, and what is at each. */
export interface Shape {
  readonly size: number;
  readonly pairs: readonly Pair[];
  /** The type of the asset at a place. Default `table` everywhere. */
  readonly typeOf?: (place: number) => string;
}

/** A shape as a tenant's own assets, whose ids ascend with their places. */
export interface StoredShape {
  readonly tenantId: string;
  readonly ids: readonly string[];
  readonly graph: ReferenceGraph;
  idOf(place: number): string;
  placeOf(id: string): number;
}

const ROWS_AT_ONCE = 20_000;

/** Stores a shape of any size in a few statements. */
export async function storeShape(
  store: TestStorage,
  { size, pairs, typeOf = () => "table" }: Shape,
): Promise<StoredShape> {
  const tenant = store.newTenant();
  const originals = await storeOriginals(tenant);
  const assets = Array.from(
    { length: size },
    (_, place): ReferenceAsset => ({ id: nextId(), assetType: typeOf(place), owner: null, tags: [] }),
  );
  const idOf = (place: number) => present(assets[place]).id;
  const edges = pairs.map(([from, to]) => ({
    ...{ id: nextId(), upstream: idOf(from), downstream: idOf(to) },
    type: "data" as const,
  }));
  await storeCopies(store.database, [
    ...inParts("assets", originals.asset, assets, ({ id, assetType }) => ({
      ...{ id, name: id, name_search: id, asset_type: assetType },
    })),
    ...inParts("asset_dependencies", originals.edge, edges, ({ id, upstream, downstream }) => ({
      ...{ id, upstream_asset_id: upstream, downstream_asset_id: downstream },
    })),
  ]);
  const places = new Map(assets.map(({ id }, place) => [id, place]));
  return {
    tenantId: tenant.id,
    ids: assets.map(({ id }) => id),
    graph: { assets: new Map(assets.map((asset) => [asset.id, asset])), edges },
    idOf,
    placeOf: (id) => present(places.get(id)),
  };
}

function inParts<Row>(
  table: Copies["table"],
  of: string,
  rows: readonly Row[],
  change: (row: Row) => Readonly<Record<string, unknown>>,
): Copies[] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_AT_ONCE) }, (_, part) => ({
    table,
    of,
    changes: rows.slice(part * ROWS_AT_ONCE, (part + 1) * ROWS_AT_ONCE).map(change),
  }));
}

const places = (count: number) => Array.from({ length: count }, (_, place) => place);

/** Each place leads to the next. */
export const chain = (size: number): Shape => ({
  size,
  pairs: places(size - 1).map((place) => [place, place + 1]),
});

/** A chain whose last place leads to its first. */
export const ring = (size: number): Shape => ({
  size,
  pairs: places(size).map((place) => [place, (place + 1) % size]),
});

/** Each place leads to so many after it. */
export const skipChain = (size: number, reach: number): Shape => ({
  size,
  pairs: places(size).flatMap((place) =>
    places(Math.min(reach, size - 1 - place)).map((step): Pair => [place, place + step + 1]),
  ),
});

/** Tops at 0, 3, 6, …; each leads to the two places after it, and both of those to the next top. */
export const stackedDiamonds = (count: number): Shape => ({
  size: count * 3 + 1,
  pairs: places(count).flatMap((diamond): Pair[] => {
    const top = diamond * 3;
    return [
      [top, top + 1],
      [top, top + 2],
      [top + 1, top + 3],
      [top + 2, top + 3],
    ];
  }),
});

/** Every place of a layer leads to every one of the next. */
export const layers = (depth: number, width: number): Shape => ({
  size: depth * width,
  pairs: places((depth - 1) * width).flatMap((place) => {
    const next = (Math.floor(place / width) + 1) * width;
    return places(width).map((index): Pair => [place, next + index]);
  }),
});

/** The first place leads to all others. */
export const hub = (size: number): Shape => ({
  size,
  pairs: places(size - 1).map((place) => [0, place + 1]),
});

/** Rows of places, each of which leads to the one at its right and the one below. */
export const grid = (side: number): Shape => ({
  size: side * side,
  pairs: places(side * side).flatMap((place): Pair[] => [
    ...(place % side < side - 1 ? [[place, place + 1] as const] : []),
    ...(place + side < side * side ? [[place, place + side] as const] : []),
  ]),
});

/** A diamond of diamonds of diamonds …: four of the next smaller in the place of its corners. */
export const diamondOfDiamonds = (levels: number): Shape => {
  if (levels === 0) return { size: 1, pairs: [] };
  const { size, pairs } = diamondOfDiamonds(levels - 1);
  const corners = places(4).map((corner) => corner * size);
  const join = (from: number, to: number): Pair => [from * size + size - 1, to * size];
  return {
    size: size * 4,
    pairs: [
      ...corners.flatMap((start) => pairs.map(([from, to]): Pair => [start + from, start + to])),
      ...[join(0, 1), join(0, 2), join(1, 3), join(2, 3)],
    ],
  };
};

/** A root that leads to so many places, each of which leads to as many, and so on. */
export const tree = (width: number, depth: number): Shape => {
  const inner = places(depth).reduce((sum, level) => sum + width ** level, 0);
  return {
    size: inner + width ** depth,
    pairs: places(inner).flatMap((place) =>
      places(width).map((index): Pair => [place, place * width + index + 1]),
    ),
  };
};

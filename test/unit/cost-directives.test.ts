import { getNamedType, isListType, isObjectType } from "graphql";
import { describe, expect, it } from "vitest";
import { DEFAULT_PAGE_SIZE } from "../../src/db/keyset.ts";
import { costDirectives } from "../../src/graphql/cost-directives.ts";
import { declaredCost } from "../../src/graphql/cost-sizes.ts";
import { schema } from "../../src/modules/schema.ts";
import { present } from "../support/present.ts";

const types = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith("_"));
const fields = types
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })),
  )
  .filter(({ field }) => !field.name.startsWith("_"));
const directives = costDirectives(types);

/** What gateways are told of a field. */
const told = (name: string) => {
  const { field } = present(fields.find((each) => each.name === name));
  return present(directives.get(field));
};

const PAGE = {
  listSize: {
    assumedSize: DEFAULT_PAGE_SIZE,
    slicingArguments: ["first", "last"],
    requireOneSlicingArgument: false,
    sizedFields: ["edges", "nodes"],
  },
};

describe("gateways are told", () => {
  it.each([
    ["Query.assets", PAGE],
    ["Query.workflows", PAGE],
    ["Query.executions", PAGE],
    ["Asset.upstream", PAGE],
    ["Asset.downstream", PAGE],
    ["Asset.workflows", PAGE],
    ["Workflow.executions", PAGE],
  ])("that %s is a page", (name, expected) => {
    expect(told(name)).toEqual(expected);
  });

  it.each([
    [
      "Query.lineage",
      {
        cost: { weight: 2 * 500 },
        listSize: {
          slicingArguments: ["maxNodes"],
          requireOneSlicingArgument: false,
          sizedFields: ["nodes", "cycles"],
        },
      },
    ],
    ["Query.lineages", { cost: { weight: 2 * 500 }, listSize: { assumedSize: 100 } }],
    ["Lineage.nodes", { listSize: { assumedSize: 500 } }],
    ["Lineage.cycles", { listSize: { assumedSize: 500 } }],
    ["Lineage.edges", { listSize: { assumedSize: 10_000 } }],
    ["Lineage.edgeCount", { cost: { weight: 1000 } }],
    ["LineageEdge.sources", { listSize: { assumedSize: 10 } }],
    ["Asset.properties", { cost: { weight: 500 } }],
    ["Asset.tags", { listSize: { assumedSize: 20 } }],
    ["Asset.name", {}],
    ["Mutation.upsertAssets", { cost: { weight: 10 } }],
    ["QueryAssetsConnection.totalCount", { cost: { weight: 1000 } }],
  ])("what %s costs", (name, expected) => {
    expect(told(name)).toEqual(expected);
  });

  it("a weight wherever one is declared, and nowhere else", () => {
    const weighty = fields.filter(({ field }) => declaredCost(field).weight !== undefined);
    expect(weighty.length).toBeGreaterThan(20);
    expect(fields.filter(({ field }) => directives.get(field)?.cost !== undefined)).toEqual(weighty);
    for (const { field } of weighty)
      expect(directives.get(field)?.cost?.weight).toBeGreaterThanOrEqual(present(declaredCost(field).weight));
  });

  it("every length that does not hang on the items of an argument", () => {
    const untold = fields.flatMap(({ name, field }) =>
      (declaredCost(field).listSizes ?? []).flatMap(({ sizedFields = [field.name] }) =>
        sizedFields
          .filter((sized) => {
            const object = getNamedType(field.type);
            const below = isObjectType(object) ? object.getFields()[sized] : undefined;
            const own = directives.get(field)?.listSize;
            const isOwn = sized === field.name ? own !== undefined : own?.sizedFields?.includes(sized);
            return !isOwn && directives.get(below ?? field)?.listSize === undefined;
          })
          .map((sized) => `${name}: ${sized}`),
      ),
    );
    expect(untold).toEqual([
      "Mutation.createAssetDependencies: dependencies",
      "Mutation.replaceUpstreams: dependencies",
      "Mutation.upsertAssets: assets",
    ]);
  });

  it("no length of what is no list", () => {
    for (const { name, field } of fields) {
      const { listSize } = present(directives.get(field));
      if (listSize !== undefined && listSize.sizedFields === undefined)
        expect(isListType("ofType" in field.type ? field.type.ofType : field.type), name).toBe(true);
    }
  });
});

import { buildSubgraphSchema } from "@apollo/subgraph";
import { composeServices } from "@theguild/federation-composition";
import { buildSchema, isObjectType, Kind, parse, valueFromASTUntyped } from "graphql";
import { describe, expect, it } from "vitest";
import { builder } from "../../src/graphql/builder.ts";
import { printSubgraph } from "../../src/graphql/print-subgraph.ts";
import { FEDERATION_LINK } from "../../src/graphql/subgraph.ts";
import { schema } from "../../src/modules/schema.ts";
import { DASHBOARDS, INCIDENTS } from "../support/other-subgraphs.ts";
import { present } from "../support/present.ts";

const sdl = printSubgraph(schema);

function compose(ours = sdl, dashboards = DASHBOARDS) {
  return composeServices(
    Object.entries({ ours, dashboards, incidents: INCIDENTS }).map(([name, text]) => ({
      ...{ name, url: `http://${name}.example/graphql` },
      typeDefs: parse(text),
    })),
  );
}

const errorsOf = (composed: ReturnType<typeof compose>) =>
  (composed.errors ?? []).map(({ message }) => message);

/** What stands in the parentheses of a directive, for each type that is marked with it. */
const marked = (directive: string): readonly (readonly [type: string, ...args: unknown[]])[] =>
  parse(sdl).definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION
      ? (definition.directives ?? [])
          .filter(({ name }) => name.value === directive)
          .map(({ arguments: args = [] }) => [
            definition.name.value,
            ...args.map(({ value }) => valueFromASTUntyped(value)),
          ])
      : [],
  );

describe("with subgraphs of others that extend every entity, by every key", () => {
  const composed = compose();
  const publicSchema = buildSchema(composed.publicSdl ?? "type Query { nothing: Int }");

  it("it composes without an error", () => {
    expect(errorsOf(composed)).toEqual([]);
  });

  it("clients see the fields of all, and nothing of federation's", () => {
    for (const [name, ...fields] of [
      ["Query", "assets", "lineage", "dashboards", "openIncidents"],
      ["Asset", "owner", "lineage", "dashboards", "incidents"],
      ["Workflow", "isLatest", "repository", "incidents"],
      ["Execution", "state", "incidents"],
      ["AssetDependency", "sources", "incidents"],
    ] as const) {
      const type = publicSchema.getType(name);
      expect(isObjectType(type) && Object.keys(type.getFields())).toEqual(
        expect.arrayContaining([...fields]),
      );
    }
    expect(Object.keys(publicSchema.getTypeMap()).filter((name) => /^_(?!_)/.test(name))).toEqual([]);
    expect(
      Object.keys(present(publicSchema.getQueryType()).getFields()).filter((name) => name.startsWith("_")),
    ).toEqual([]);
  });

  it("all that our own schema has is there", () => {
    const missing = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) => Object.keys(type.getFields()).map((field) => [type.name, field] as const))
      .filter(([type, field]) => !type.startsWith("_") && !field.startsWith("_"))
      .filter(([type, field]) => {
        const there = publicSchema.getType(type);
        return !isObjectType(there) || there.getFields()[field] === undefined;
      });
    expect(missing).toEqual([]);
  });

  it("gateways keep all that fields cost", () => {
    for (const uses of [/(?<!directive )@cost\(/g, /(?<!directive )@listSize\(/g]) {
      expect(sdl.match(uses)?.length).toBeGreaterThan(20);
      expect(composed.supergraphSdl?.match(uses)).toEqual(sdl.match(uses));
    }
  });

  it.each([
    ["a type that is shared by one alone", "type PageInfo @shareable", "type PageInfo"],
    ["a key that is none of ours", '@key(fields: "name version")', '@key(fields: "version")'],
    ["a field of another type", "version: Int!", "version: String!"],
  ])("%s would be an error", (_, from, to) => {
    const spoilt = DASHBOARDS.replace(from, to);
    expect(spoilt).not.toBe(DASHBOARDS);
    expect(errorsOf(compose(sdl, spoilt))).not.toEqual([]);
  });
});

describe("the subgraph", () => {
  it("is valid by Apollo's own rules", () => {
    expect(() => buildSubgraphSchema({ typeDefs: parse(sdl) })).not.toThrow();
    const wrong = sdl.replace('slicingArguments: ["maxNodes"]', 'slicingArguments: ["assetId"]');
    expect(() => buildSubgraphSchema({ typeDefs: parse(wrong) })).toThrow(/Slicing argument/);
  });

  it("is of the newest version that is known to both composers", () => {
    const newer = sdl.replace(/(federation\/v2\.)(\d+)/, (_, begin, minor) => `${begin}${Number(minor) + 1}`);
    expect(newer).not.toBe(sdl);
    expect(errorsOf(compose(newer))).toEqual([expect.stringContaining("Invalid version")]);
  });

  it("has these entities, by these keys, and shares what many subgraphs have", () => {
    expect(marked("key")).toEqual([
      ["Asset", "id"],
      ["Asset", "name"],
      ["AssetDependency", "id"],
      ["Execution", "id"],
      ["Workflow", "id"],
      ["Workflow", "name version"],
    ]);
    expect(marked("shareable")).toEqual([["PageInfo"]]);
  });

  it("leaves out what every subgraph has", () => {
    const defined = parse(sdl).definitions.flatMap((definition) =>
      definition.kind !== Kind.SCHEMA_EXTENSION && "name" in definition ? [definition.name?.value] : [],
    );
    expect(defined).toContain("DateTime");
    expect(
      defined.filter((name) => name === undefined || /^_|^(?:String|ID|Int|Float|Boolean)$/.test(name)),
    ).toEqual([]);
    expect(sdl).not.toMatch(/^ {2}_/m);
  });
});

it("what is marked as inaccessible or with a tag is so for gateways", () => {
  const Hidden = builder.objectRef<object>("Hidden").implement({
    inaccessible: true,
    fields: (t) => ({ secret: t.int({ resolve: () => 1 }) }),
  });
  builder.queryFields((t) => ({
    internal: t.int({ inaccessible: true, resolve: () => 1 }),
    hidden: t.field({ type: Hidden, inaccessible: true, resolve: () => ({}) }),
    experimental: t.int({ tag: ["beta", "team-a"], resolve: () => 1 }),
  }));
  const marked = printSubgraph(builder.toSchema({ extensions: { directives: [FEDERATION_LINK] } }));
  const { publicSdl, supergraphSdl, ...composed } = compose(marked);
  expect(composed.errors).toBeUndefined();
  expect(publicSdl).toContain("experimental: Int!");
  expect(publicSdl).not.toMatch(/internal: Int!|Hidden/);
  expect(supergraphSdl).toMatch(/internal: Int! .*@inaccessible/);
  expect(supergraphSdl).toMatch(/experimental: Int! .*@tag\(name: "beta"\).*@tag\(name: "team-a"\)/);
});

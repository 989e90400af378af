import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { namedFieldsOf } from "../../src/graphql/named-fields.ts";
import { assetColumnsFor } from "../../src/modules/asset/asset.select.ts";
import { dependencyColumnsFor } from "../../src/modules/dependency/dependency.select.ts";
import { executionColumnsFor } from "../../src/modules/execution/execution.select.ts";
import { schema } from "../../src/modules/schema.ts";
import { workflowColumnsFor } from "../../src/modules/workflow/workflow.select.ts";

const namedIn = (text: string) => [...namedFieldsOf(parse(text), schema).all].sort();

describe("the fields that a document names", () => {
  it.each([
    ["are all of them", "{ asset(id: 1) { name owner } }", ["asset", "name", "owner"]],
    ["are each told once", "{ asset(id: 1) { name again: name } }", ["asset", "name"]],
    ["are no aliases", "{ asset(id: 1) { tags: name } }", ["asset", "name"]],
    [
      "are no arguments",
      "{ assets(filter: { tags: { any: [] } }) { totalCount } }",
      ["assets", "totalCount"],
    ],
    [
      "may be in a fragment",
      "{ workflows { ...W } } fragment W on Workflow { isLatest }",
      ["isLatest", "workflows"],
    ],
    [
      "may be in an inline fragment",
      "{ node { ... on Asset { tags } ... { isLatest } } }",
      ["isLatest", "node", "tags"],
    ],
    ["may be skipped", "query ($no: Boolean!) { asset(id: 1) { tags @skip(if: $no) } }", ["asset", "tags"]],
  ])("%s", (_, text, expected) => {
    expect(namedIn(text)).toEqual(expected);
  });

  it("are found once for a document", () => {
    const document = parse("{ asset(id: 1) { name } }");
    expect(namedFieldsOf(document, schema)).toBe(namedFieldsOf(document, schema));
  });
});

describe("the fields that are asked of what is no row of a page", () => {
  const Fragment = "fragment A on Asset { name }";

  it.each([
    ["not those of nodes", "{ assets { nodes { name } } }", "assets nodes"],
    ["not those of nodes of edges", "{ assets { edges { node { name } } } }", "assets edges node"],
    [
      "those of what is in nodes",
      "{ executions { nodes { state workflow { name } } } }",
      "executions name nodes",
    ],
    ["those of nodes of no connection", "{ impact(assetId: 1) { nodes { owner } } }", "impact nodes owner"],
    ["those of a node of no edge", "{ node { name } }", "name node"],
    [
      "not those of a fragment in nodes",
      `{ assets { nodes { ...A ... { owner } } } } ${Fragment}`,
      "assets nodes",
    ],
    [
      "those of a fragment in nodes and elsewhere",
      `{ assets { nodes { ...A } } asset(id: 1) { ...A } } ${Fragment}`,
      "asset assets name nodes",
    ],
    [
      "not those of nodes in a fragment of edges",
      "{ assets { edges { ...E } } } fragment E on QueryAssetsConnectionEdge { cursor ... { node { tags } } }",
      "assets cursor edges node",
    ],
  ])("are %s", (_, text, expected) => {
    expect([...namedFieldsOf(parse(text), schema).outsidePages].sort()).toEqual(expected.split(" "));
  });
});

describe("the columns that are read for a document", () => {
  const columnsOf = (text: string) => {
    const named = namedFieldsOf(parse(text), schema).all;
    const sets = [assetColumnsFor, workflowColumnsFor, executionColumnsFor, dependencyColumnsFor];
    const [assets, workflows, executions, dependencies] = sets.map((columnsFor) =>
      Object.keys(columnsFor(named).columns).sort(),
    );
    return { assets, workflows, executions, dependencies };
  };

  it("are those of its fields, and those that rows are found by", () => {
    expect(columnsOf("{ assets { nodes { name tags upstream { nodes { sources } } } } }")).toEqual({
      assets: ["id", "name", "tags"],
      workflows: ["id", "name", "tags"],
      executions: ["id", "workflowId"],
      dependencies: ["downstreamAssetId", "id", "sources", "upstreamAssetId"],
    });
  });

  it.each(["edges { cursor }", "pageInfo { startCursor }", "pageInfo { end: endCursor }"])(
    "are also those of all orders where %s is asked for",
    (fields) => {
      expect(columnsOf(`{ assets { ${fields} } }`)).toEqual({
        assets: ["createdAt", "id", "name", "updatedAt"],
        workflows: ["createdAt", "id", "name", "updatedAt"],
        executions: ["createdAt", "id", "startedAt", "updatedAt", "workflowId"],
        dependencies: ["createdAt", "downstreamAssetId", "id", "upstreamAssetId"],
      });
    },
  );

  it("are also those that a field is reckoned from", () => {
    const { executions } = columnsOf("{ executions { nodes { durationMs } } }");
    expect(executions).toEqual(["completedAt", "id", "startedAt", "workflowId"]);
  });

  it("are all where nothing is known of what is asked for", () => {
    const every =
      "createdAt createdBy description id isLatest name owner properties tags tenantId updatedAt updatedBy version";
    expect(Object.keys(workflowColumnsFor(undefined).columns).sort()).toEqual(every.split(" "));
  });
});

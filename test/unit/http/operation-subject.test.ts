import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { NO_SUBJECT, subjectOf } from "../../../src/http/operation-subject.ts";
import { schema } from "../../../src/modules/schema.ts";

describe("an operation is counted as", () => {
  it.each([
    ["its field", "{ asset(id: 1) { id } }", "query asset"],
    ["its field, whatever it is called", "query Mine { mine: asset(id: 1) { id } }", "query asset"],
    [
      "its field, however often",
      "{ a: asset(id: 1) { id } b: asset(id: 2) { id } __typename }",
      "query asset",
    ],
    ["a mutation's field", "mutation { createAsset(input: {}) { asset { id } } }", "mutation createAsset"],
    ["several", "{ asset(id: 1) { id } assets { totalCount } }", "query several"],
    [
      "the field of a fragment",
      "{ ... { ...F } } fragment F on Query { ...G } fragment G on Query { assets { totalCount } }",
      "query assets",
    ],
    [
      "introspection",
      "{ __typename ...F } fragment F on Query { __schema { queryType { name } } }",
      "query introspection",
    ],
  ])("%s", (_, document, told) => {
    const { type, field } = subjectOf(parse(document), undefined);
    expect(`${type} ${field}`).toBe(told);
  });

  it("that one of several which is meant, or none", () => {
    const document = parse("query A { assets { totalCount } } mutation B { deleteAsset(input: {}) { id } }");
    expect(subjectOf(document, "A")).toEqual({ type: "query", field: "assets" });
    expect(subjectOf(document, "B")).toEqual({ type: "mutation", field: "deleteAsset" });
    expect(subjectOf(document, "C")).toBe(NO_SUBJECT);
    expect(subjectOf(document, undefined)).toBe(NO_SUBJECT);
  });
});

it("fragments that spread each other again and again are looked at once", () => {
  const fragments = Array.from(
    { length: 60 },
    (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
  );
  const document = parse(`{ ...F0 } ${fragments.join(" ")} fragment F60 on Query { assets { totalCount } }`);
  expect(subjectOf(document, undefined)).toEqual({ type: "query", field: "assets" });
});

it("no field of the schema is called as what is no field", () => {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );
  for (const name of ["several", "introspection", "none"]) expect(fields).not.toContain(name);
});

import { expect, it } from "vitest";
import { prepareApi } from "../support/graphql.ts";
import { createAsset, findAsset, type MutationName } from "../support/graphql-operations.ts";

const api = prepareApi();

it("properties may be written in the document, with variables in them", async () => {
  const tenant = api.newTenant();
  const document = (name: MutationName, input: string) =>
    `mutation ($x: JSONObject) {
      ${name}(input: { ${input}, properties: { a: 1, b: [{ c: null, d: $x }], e: "f", __proto__: 1.5e3 } }) {
        ${name === "createWorkflow" ? "workflow" : "asset"} { id properties }
      }
    }`;
  const properties = JSON.parse('{"a":1,"b":[{"c":null,"d":{"y":[true]}}],"e":"f","__proto__":1500}');
  const ask = (text: string) =>
    tenant.query<Record<string, Record<string, { id: string }>>>(text, { x: { y: [true] } });
  const made = await ask(document("createAsset", 'name: "literal", assetType: "t"'));
  expect(made).toMatchObject({ createAsset: { asset: { properties } } });
  const id = made.createAsset?.asset?.id;
  expect(await ask(document("updateAsset", `id: "${id}"`))).toEqual({
    updateAsset: { asset: { id, properties } },
  });
  expect(await ask(document("createWorkflow", 'name: "literal"'))).toMatchObject({
    createWorkflow: { workflow: { properties } },
  });
});

it.each([
  ["nothing", {}],
  ["keys that objects have anyway", JSON.parse('{"__proto__":{"x":1},"constructor":1,"toString":null,"":2}')],
  ["numbers large and small", { a: 1e308, b: 5e-324, c: -0.1, d: 9_007_199_254_740_991 }],
  ["lists of lists", { a: [[], [[{}]], [null, true]] }],
  ["all kinds of text", { "ключ 😀": '"\\\u0001\u2028é' }],
])("properties with %s come out as they went in", async (_, properties) => {
  const tenant = api.newTenant();
  const asset = await createAsset(tenant, { properties });
  expect(asset.properties).toEqual(properties);
  expect((await findAsset(tenant, asset.id))?.properties).toEqual(properties);
});

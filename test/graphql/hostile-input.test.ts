import fc from "fast-check";
import {
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { beforeAll, expect, it } from "vitest";
import { schema } from "../../src/modules/schema.ts";
import { UNKNOWN_ID } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";
import {
  createAssets,
  createExecution,
  createWorkflow,
  link,
  MUTATION_NAMES,
  mutation,
} from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";

const api = prepareApi();
const ids = [UNKNOWN_ID, UNKNOWN_ID.toUpperCase(), "", "x", "~global"];

beforeAll(async () => {
  for (const client of [api.asTenant("a"), api.asTenant("b"), api.system]) {
    const assets = await createAssets(client, ["one", "two"]);
    const [one, two] = assets.map(({ id }) => id);
    const [edge] = await link(client, [[one ?? "", two ?? ""]]);
    const workflow = await createWorkflow(client, { name: "one", assets: [{ assetId: one, role: "INPUT" }] });
    const run = await createExecution(client, workflow.id);
    ids.push(one ?? "", two ?? "", edge?.id ?? "", workflow.id, run.id);
  }
});

const nasty = fc.oneof(
  fc.constantFrom("one", "two", "new", "", " ", "'", '"; DROP TABLE assets; --', "\\", "%", "_", "null"),
  fc.constantFrom(
    "\u0000",
    "\ud800",
    "\udfff",
    "\u2028",
    "é",
    "ﷺ".repeat(255),
    "😀".repeat(255),
    "x".repeat(600),
  ),
  fc.string({ maxLength: 40, unit: "binary" }),
);
const moments = fc.oneof(
  fc.constantFrom(
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999-12:00",
    "2024-02-29T24:00:00Z",
    "1970-01-01T00:00:00.000000001Z",
    "x",
  ),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  String: nasty,
  ID: fc.oneof(
    { weight: 5, arbitrary: fc.nat({ max: 19 }).map((index) => ids[index % ids.length]) },
    {
      weight: 1,
      arbitrary: nasty,
    },
  ),
  Int: fc.oneof(fc.constantFrom(-1, 0, 1, 2, 1000, 1001, 2_147_483_647, -2_147_483_648), fc.integer()),
  Float: fc.oneof(fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 2 ** 53), fc.double({ noNaN: true })),
  Boolean: fc.boolean(),
  DateTime: moments,
  JSONObject: fc.dictionary(nasty, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
};

/** Values that fit a type of the schema, whether or not they keep its rules. */
function fitting(type: GraphQLInputType): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return fitting(type.ofType);
  if (isListType(type)) return fc.array(fitting(type.ofType), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (!isInputObjectType(type)) return present(SCALARS[getNamedType(type).name]);
  const fields = Object.values(type.getFields());
  if (type.isOneOf)
    return fc.oneof(...fields.map((field) => fitting(field.type).map((value) => ({ [field.name]: value }))));
  const required = fields.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
  const shape = Object.fromEntries(
    fields.map((field) => [
      field.name,
      isNonNullType(field.type) ? fitting(field.type) : fc.option(fitting(field.type), { freq: 6 }),
    ]),
  );
  return fc.record(shape, { requiredKeys: required });
}

const CODES = ["BAD_USER_INPUT", "NOT_FOUND", "CONFLICT", "FORBIDDEN"];
const who = fc.constantFrom({ "x-tenant-id": "a" }, { "x-servo-role": "system" }, {});

async function ask(document: string, variables: object, headers: Record<string, string>): Promise<void> {
  const { errors } = await api.nobody.send(document, variables, { headers });
  for (const error of errors) {
    expect(CODES).toContain(error.extensions.code);
    if (error.path !== undefined && error.extensions.code === "BAD_USER_INPUT")
      expect(error.extensions.inputPath?.length).toBeGreaterThan(0);
  }
}

it.each(MUTATION_NAMES)(
  "whatever %s is given, it is stored or refused for a reason",
  async (name) => {
    const input = present(schema.getMutationType()?.getFields()[name]?.args[0]).type;
    await fc.assert(
      fc.asyncProperty(fitting(input), who, (value, headers) =>
        ask(mutation(name), { input: value }, headers),
      ),
      { numRuns: 60 },
    );
  },
  60_000,
);

it.each([
  ["asset", "id"],
  ["assetByName", "id"],
  ["assets", "nodes { id name } totalCount"],
  ["workflow", "id"],
  ["workflowByName", "id"],
  ["workflows", "nodes { id name } totalCount"],
  ["execution", "id"],
  ["executions", "nodes { id } totalCount"],
  ["lineage", "nodeCount edgeCount"],
])(
  "whatever %s is asked, it answers or says what is wrong",
  async (field, selection) => {
    const { args } = present(schema.getQueryType()?.getFields()[field]);
    const variables = args.map(({ name, type }) => `$${name}: ${type}`).join(", ");
    const passed = args.map(({ name }) => `${name}: $${name}`).join(", ");
    const document = `query (${variables}) { ${field}(${passed}) { ${selection} } }`;
    const shape = Object.fromEntries(
      args.map(({ name, type }) => [name, isNonNullType(type) ? fitting(type) : fc.option(fitting(type))]),
    );
    await fc.assert(
      fc.asyncProperty(fc.record(shape), who, (given, headers) => ask(document, given, headers)),
      { numRuns: 60 },
    );
  },
  60_000,
);

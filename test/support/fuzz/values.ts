import fc from "fast-check";
import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from "graphql";
import { present } from "../present.ts";
import { ALL_IDS, NAMES, VISIBLE_IDS } from "./catalogue.ts";

const FRAGMENTS = [
  ...["'", "''; --", '"; DROP TABLE assets; --', "1 OR 1=1", "$1", "/* */", "\\", "%", "_"],
  ...['{"a":1}', '"}],"x":[{', "null", "__proto__", "constructor", "toString", "<script>", "../../etc"],
];
const CHARACTERS = [
  ...["\u0000", "\u0001\u001b[31m", "\r\n", "\t", "\u007f", "\u0085", "\u2028", "\u202e", "\ufeff", "\ufffe"],
  ...["\ud800", "\udfff", "\udc00\ud800", "😀", "👩‍👩‍👧‍👦", "é", "e\u0301", "İ", "ß", "שלום", "ﷺ"],
];

/** Text that breaks what handles it carelessly. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("", " ", "new", ...FRAGMENTS, ...CHARACTERS),
  fc.constantFrom(...NAMES),
  fc.constantFrom("ﷺ".repeat(255), "😀".repeat(255), "x".repeat(600)),
  fc.array(fc.constantFrom(...FRAGMENTS, ...CHARACTERS), { maxLength: 4 }).map((parts) => parts.join("")),
  fc.string({ maxLength: 40, unit: "binary" }),
);

const cursors = fc
  .tuple(
    fc.constantFrom("assets", "workflows", "executions", "x"),
    fc.constantFrom("createdAt:desc", "name:asc", "updatedAt:asc", "startedAt:desc"),
    fc.oneof(hostileText, fc.constant("2024-01-01T00:00:00.000Z")),
    fc.constantFrom(...ALL_IDS),
  )
  .map((cursor) => Buffer.from(JSON.stringify(cursor)).toString("base64url"));

const moments = fc.oneof(
  fc.constantFrom(
    ...["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999-12:00"],
    ...["2024-02-29T24:00:00Z", "2023-02-29T00:00:00Z", "1970-01-01T00:00:00.000000001Z"],
    ...["2016-12-31T23:59:60Z", "+275760-09-13T00:00:00Z", "infinity", "x"],
  ),
  fc
    .date({
      noInvalidDate: true,
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
    })
    .map((date) => date.toISOString()),
);

/** What a value is for, as its argument's name tells, or its field's where the argument is just an id. */
type Hint = string;
export type Taste = Readonly<Record<string, (hint: Hint) => fc.Arbitrary<unknown>>>;

const visibleIds = (hint: Hint) => {
  const kind = (["dependency", "workflow", "execution"] as const).find((word) =>
    hint.toLowerCase().includes(word),
  );
  return fc.constantFrom(...VISIBLE_IDS[kind ?? "asset"]);
};
const isCursor = (hint: Hint) => hint === "after" || hint === "before";
const constant = (arbitrary: fc.Arbitrary<unknown>) => () => arbitrary;

/** Representations of entities, with keys that are mostly theirs. */
const representations = (
  ids: (hint: Hint) => fc.Arbitrary<unknown>,
  names: fc.Arbitrary<unknown>,
  versions: fc.Arbitrary<unknown>,
) => {
  const of = (__typename: string, model: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record({ __typename: fc.constant(__typename), ...model });
  const byId = ["Asset", "Workflow", "Execution", "AssetDependency"].map((type) =>
    of(type, { id: ids(type) }),
  );
  return fc.oneof(...byId, of("Asset", { name: names }), of("Workflow", { name: names, version: versions }));
};

/** Values that a type takes and a rule may refuse. */
export const HOSTILE: Taste = {
  String: (hint) => (isCursor(hint) ? fc.oneof(cursors, hostileText) : hostileText),
  ID: (hint) =>
    fc.oneof(
      { weight: 4, arbitrary: visibleIds(hint) },
      { weight: 2, arbitrary: fc.constantFrom(...ALL_IDS) },
      { weight: 1, arbitrary: hostileText },
    ),
  Int: constant(
    fc.oneof(fc.constantFrom(-1, 0, 1, 2, 1000, 1001, 2_147_483_647, -2_147_483_648), fc.integer()),
  ),
  Float: constant(
    fc.oneof(
      fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 2 ** 53),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
  ),
  Boolean: constant(fc.boolean()),
  DateTime: constant(moments),
  JSONObject: constant(fc.dictionary(hostileText, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })),
  _Any: constant(
    fc.oneof(
      { weight: 3, arbitrary: representations(() => hostileText, hostileText, fc.double()) },
      { weight: 3, arbitrary: representations(visibleIds, fc.constantFrom(...NAMES), fc.integer()) },
      fc.record({ __typename: hostileText, id: fc.constantFrom(...ALL_IDS) }),
      fc.jsonValue({ maxDepth: 3 }),
    ),
  ),
};

const PLAIN: Taste = {
  String: (hint) => (isCursor(hint) ? cursors : fc.constantFrom(...NAMES, "new", "newer", "staged")),
  ID: visibleIds,
  Int: constant(fc.integer({ min: 1, max: 5 })),
  Float: constant(fc.integer({ min: -10, max: 10 })),
  Boolean: constant(fc.boolean()),
  DateTime: constant(fc.constantFrom("2024-01-01T00:00:00.000Z", "2024-06-30T12:00:00+02:00")),
  JSONObject: constant(
    fc.dictionary(fc.constantFrom("a", "b_1", "constructor"), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
  ),
  _Any: constant(
    representations(visibleIds, fc.constantFrom(...NAMES, "new"), fc.integer({ min: 1, max: 3 })),
  ),
};

/** Mostly values that are well received. */
export const MOSTLY_PLAIN: Taste = Object.fromEntries(
  Object.entries(PLAIN).map(([name, plain]) => [
    name,
    (hint: Hint) =>
      fc.oneof(
        { weight: 24, arbitrary: plain(hint) },
        { weight: 1, arbitrary: present(HOSTILE[name])(hint) },
      ),
  ]),
);

/** The hint that an argument or an input field gives. */
export const hintOf = (field: Hint, argument: string): Hint =>
  /^(?:ids?|input)$/.test(argument) ? field : argument;

/** Values that fit a type of the schema, whether or not they keep its rules. */
export function fitting(type: GraphQLInputType, hint: Hint, taste: Taste): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return fitting(type.ofType, hint, taste);
  if (isListType(type)) return fc.array(fitting(type.ofType, hint, taste), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (!isInputObjectType(type)) return present(taste[type.name])(hint);
  const fields = Object.values(type.getFields());
  const fill = (field: (typeof fields)[number]) => fitting(field.type, hintOf(hint, field.name), taste);
  if (type.isOneOf)
    return fc.oneof(...fields.map((field) => fill(field).map((value) => ({ [field.name]: value }))));
  const required = fields.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
  const shape = Object.fromEntries(
    fields.map((field) => [
      field.name,
      isNonNullType(field.type) ? fill(field) : fc.option(fill(field), { freq: 6 }),
    ]),
  );
  return fc.record(shape, { requiredKeys: required });
}

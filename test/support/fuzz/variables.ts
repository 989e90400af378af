import fc from "fast-check";
import { isNonNullType } from "graphql";
import { oddEnvelopes, wrapOddly } from "./envelope.ts";
import { spoilValue, type Wrong, writeJson, wrongs } from "./json.ts";
import { ROOT_OPERATIONS, type RootOperation } from "./operations.ts";
import { type FuzzRequest, NOBODY, post, SYSTEM, TENANT } from "./request.ts";
import { fitting, HOSTILE, hintOf } from "./values.ts";

/** Values for an operation's variables that fit their types. */
function variablesOf({ name, args }: RootOperation): fc.Arbitrary<object> {
  const shape = Object.fromEntries(
    args.map((argument) => {
      const value = fitting(argument.type, hintOf(name, argument.name), HOSTILE);
      // Where all are given, the rules about what goes together refuse nearly everything.
      return [
        argument.name,
        isNonNullType(argument.type) ? value : fc.option(value, { nil: undefined, freq: 2 }),
      ];
    }),
  );
  return fc.record(shape);
}

const some = fc.array(wrongs, { minLength: 1, maxLength: 3 });
/** Nothing wrong, so many times as often as something. */
const mostlyNone = (times: number) =>
  fc.oneof({ weight: times, arbitrary: fc.constant<Wrong[]>([]) }, { weight: 1, arbitrary: some });

const bodies: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      ...ROOT_OPERATIONS.map((operation) =>
        fc.tuple(fc.constant(operation.document), variablesOf(operation), mostlyNone(2)),
      ),
    ),
    mostlyNone(6),
  )
  .map(([[query, variables, inside], outside]) =>
    outside.reduce(spoilEnvelope, inside.reduce(spoilValue, { query, variables })),
  )
  .map(writeJson);

/** Something wrong with what stands around the variables; most often where GraphQL expects a value of its own. */
function spoilEnvelope(body: object, wrong: Wrong): object {
  const parts = { operationName: "Asked", extensions: {}, ...body };
  return wrong.what === "wrap" ? [body, body] : spoilValue(parts, wrong);
}

const principals = fc.oneof(
  { weight: 5, arbitrary: fc.constant(TENANT) },
  { weight: 3, arbitrary: fc.constant(SYSTEM) },
  { weight: 1, arbitrary: fc.constant(NOBODY) },
);

/** Requests with every kind of variables, some of them oddly wrapped. */
export const variableRequests: fc.Arbitrary<FuzzRequest> = fc
  .record({
    body: bodies,
    principal: principals,
    overSocket: fc.nat({ max: 9 }),
    odd: fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: oddEnvelopes }),
  })
  .map(({ body, principal, overSocket, odd }) => {
    const plain: FuzzRequest = { ...post(body, principal), via: overSocket === 9 ? "socket" : "process" };
    return odd === undefined ? plain : wrapOddly(plain, odd);
  });

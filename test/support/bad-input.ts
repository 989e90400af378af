import { expect } from "vitest";
import { BadUserInputError, type InputPath } from "../../src/errors.ts";
import type { Repositories } from "../../src/modules/repositories.ts";
import type { PostgresStorage } from "../../src/storage.ts";
import { refusal } from "./refusal.ts";
import type { Statements } from "./statements.ts";

/** Text that no field of the store takes. */
export const UNSTORABLE: readonly (readonly [why: string, text: string])[] = [
  ["a NUL", "a\u0000b"],
  ["a lone high surrogate", "a\ud800b"],
  ["a lone low surrogate", "\udc00"],
];

/** Text that a name, a tag and other labels do not take. */
export const BAD_LABELS: readonly (readonly [why: string, text: string])[] = [
  ["nothing", ""],
  ["blanks", " \t\n"],
  ["blanks beyond ASCII", "\u00a0\u2003\u3000"],
  ...UNSTORABLE,
];

export const BAD_IDS: readonly (readonly [why: string, id: string])[] = [
  ["nothing", ""],
  ["a word", "asset"],
  ["a UUID in braces", "{01890000-0000-7000-8000-000000000000}"],
  ["a UUID without hyphens", "01890000000070008000000000000000"],
  ["a UUID and a line end", "01890000-0000-7000-8000-000000000000\n"],
  ["a NUL", "01890000-0000-7000-8000-00000000000\u0000"],
];

/** Cursors that no page of a connection has given. */
export function badCursors(connection: string): readonly (readonly [why: string, cursor: string])[] {
  const of = (value: string, id = "01890000-0000-7000-8000-000000000000", order = "createdAt:desc") =>
    encode([connection, order, value, id]);
  const moment = "2024-01-01T00:00:00.000Z";
  return [
    ["nothing", ""],
    ["a word", "cursor"],
    ["JSON of another kind", encode({ id: 1 })],
    ["too little", encode([connection, "createdAt:desc", moment])],
    [
      "another connection",
      encode(["weather", "createdAt:desc", moment, "01890000-0000-7000-8000-000000000000"]),
    ],
    ["another order", of(moment, undefined, "createdAt:asc")],
    ["a bad id", of(moment, "1")],
    ["no moment", of("yesterday")],
    ["a day that is in no calendar", of("2024-02-30T00:00:00.000Z")],
    ["the year 0", of("0000-01-01T00:00:00.000Z")],
    ["SQL", of("now()'; DROP TABLE assets")],
  ];
}

/** Page requests that are refused, with the argument that is. */
export const BAD_PAGES = [
  [{ first: 0 }, "first"],
  [{ first: -1 }, "first"],
  [{ first: 1001 }, "first"],
  [{ first: 1.5 }, "first"],
  [{ first: Number.NaN }, "first"],
  [{ last: 0 }, "last"],
  [{ last: 1001 }, "last"],
  [{ first: 1, last: 1 }, "last"],
] as const;

/** Orders that are refused, with what of them is. */
export const BAD_ORDERS = [
  [{ field: "colour", direction: "asc" }, "field"],
  [{ field: "constructor", direction: "asc" }, "field"],
  [{ direction: "asc" }, "field"],
  [{ field: "createdAt", direction: "sideways" }, "direction"],
  [{ field: "createdAt" }, "direction"],
] as const;

/** Windows of lists that are refused, with the argument that is. */
export const BAD_WINDOWS = [
  [{ limit: 0 }, "limit"],
  [{ limit: 1001 }, "limit"],
  [{ limit: 2.5 }, "limit"],
  [{ limit: Number.POSITIVE_INFINITY }, "limit"],
  [{ offset: -1 }, "offset"],
  [{ offset: 10_000_001 }, "offset"],
  [{ offset: 0.5 }, "offset"],
] as const;

/** Objects as they come from JavaScript or JSON, where no compiler has looked. */
export function unchecked<T>(value: object): T {
  return JSON.parse(JSON.stringify(value));
}

/** Fails unless work is refused for the value at that path, before any statement is sent. */
export async function expectRefused(
  storage: PostgresStorage,
  statements: Statements,
  work: (repositories: Repositories) => Promise<unknown>,
  inputPath: InputPath,
): Promise<BadUserInputError> {
  const before = statements.sent.length;
  const error = await refusal(storage.withTenant("acme", work), BadUserInputError);
  expect(error.inputPath).toEqual(inputPath);
  expect(statements.sent.slice(before)).toEqual([]);
  return error;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

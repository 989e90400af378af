import type { ErrorCode, InputPath } from "../../../../src/errors.ts";

/** What the model refuses, in the words that a client must be told. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  /** Where the bad value stands, and the rule that it breaks. */
  readonly input: { readonly path: InputPath; readonly rule: string } | undefined;

  constructor(code: ErrorCode, message: string, input?: Refusal["input"]) {
    super(message);
    this.code = code;
    this.input = input;
  }
}

export const badInput = (path: InputPath, rule: string) =>
  new Refusal("BAD_USER_INPUT", [spelt(path), rule].join(" ").trim(), { path, rule });
export const notFound = (message: string) => new Refusal("NOT_FOUND", message);
export const forbidden = (message: string) => new Refusal("FORBIDDEN", message);
export const conflict = (message: string) => new Refusal("CONFLICT", message);

/** `["assets", 3, "name"]` as `assets[3].name`. */
function spelt(path: InputPath): string {
  return path
    .map((segment, index) =>
      typeof segment === "number" ? `[${segment}]` : `${index === 0 ? "" : "."}${segment}`,
    )
    .join("");
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID in lower case. */
export function validId(value: string, ...path: InputPath): string {
  if (!UUID.test(value)) throw badInput(path, "must be a UUID");
  return value.toLowerCase();
}

/** A name, a tag, a source and the like. */
export function validLabel(value: string, ...path: InputPath): string {
  if (value.trim() === "") throw badInput(path, "must not be blank");
  return value;
}

/** Refuses the second of two items with one key. */
export function refuseDoubles<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  pathOf: (index: number) => InputPath,
): void {
  const keys = items.map(keyOf);
  const second = keys.findIndex((key, index) => keys.indexOf(key) < index);
  if (second >= 0) throw badInput(pathOf(second), "must not repeat");
}

import fc from "fast-check";
import { hostileText } from "./values.ts";

const RAW = /"#raw:((?:[^"\\]|\\.)*)"/g;

/** Stands for JSON text that `JSON.stringify` does not write, such as `1e400`. */
const raw = (text: string) => `#raw:${text}`;

/** JSON with the text that {@link raw} values stand for. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(RAW, (_, text: string) => JSON.parse(`"${text}"`));
}

const deep = fc
  .tuple(
    fc.constantFrom(["[", "]"], ['{"a":', "}"], ['[{"a":', "}]"]),
    fc.constantFrom(10, 64, 65, 1000, 10_000),
  )
  .map(([[open, close], levels]) => `${open?.repeat(levels)}1${close?.repeat(levels)}`);

/** JSON values that hardly any place expects; some are no JSON. */
const wrongValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    "",
    "NaN",
    "Infinity",
    "1e999",
    "true",
    [],
    {},
    [null],
    [[]],
  ),
  fc
    .constantFrom(
      ...["1e400", "-1e400", "1e-400", "-0", "9".repeat(400), "2147483648", "9007199254740993", "0.1e1"],
      ...[
        '{"id":1,"id":"2"}',
        '{"__proto__":{"id":"x"}}',
        '{"constructor":{"prototype":{}}}',
        '{"toString":1,"":2}',
      ],
      ...['"\\ud800"', '"\\u0000"', '{"a\\u0000b":1}', '{"\\udc00":1}'],
    )
    .map(raw),
  fc.constantFrom(...["NaN", "undefined", "01", "'x'", "{a:1}", "[1,]", "\u0000", '"\n"', "/**/1"]).map(raw),
  deep.map(raw),
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.nat({ max: 3000 }).map((length) => Array.from({ length }, (_, index) => index)),
  fc.nat({ max: 3000 }).map((length) => Array.from({ length }, () => "same")),
  fc
    .nat({ max: 200 })
    .map((length) => Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, index]))),
);

const ODD_KEYS = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "nope",
  "id",
  "a b",
  "\u0000",
  "😀",
];

/** A wrong thing somewhere in a value. */
export interface Wrong {
  /** Which of the places in it, counted round. */
  readonly place: number;
  readonly what: "replace" | "remove" | "add" | "wrap";
  readonly value: unknown;
  readonly key: string;
}

export const wrongs: fc.Arbitrary<Wrong> = fc.record({
  place: fc.nat({ max: 99 }),
  what: fc.constantFrom("replace", "replace", "remove", "add", "wrap"),
  value: wrongValues,
  key: fc.constantFrom(...ODD_KEYS),
});

/** The value with something wrong at one of its places; the value itself is never the place. */
export function spoilValue<T extends object>(whole: T, { place, what, value, key }: Wrong): T {
  const spoilt = structuredClone(whole);
  const places = placesIn(spoilt);
  const chosen = places[place % places.length];
  if (chosen === undefined) return spoilt;
  const { holder, at } = chosen;
  if (what === "remove") Reflect.deleteProperty(holder, at);
  else if (what === "add") Object.defineProperty(holder, key, { value, ...SHOWN });
  else
    Object.defineProperty(holder, at, {
      value: what === "wrap" ? [Reflect.get(holder, at)] : value,
      ...SHOWN,
    });
  return spoilt;
}

// Assignment would take `__proto__` for the prototype.
const SHOWN = { enumerable: true, configurable: true, writable: true };

function placesIn(holder: object): { readonly holder: object; readonly at: string }[] {
  return Object.entries(holder).flatMap(([at, value]) => [
    { holder, at },
    ...(typeof value === "object" && value !== null ? placesIn(value) : []),
  ]);
}

import { z } from "zod";

/** A variable has a value that it may not have. The message is one line and names the variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(variable: string, rule: string) {
    super(`${variable} ${rule}`);
  }
}

/** Any text but an empty one, which counts as absent. */
export const text = z.string();

/** A whole number. `unit` is told with the rule: `(bytes)`. */
export const number = (minimum: number, maximum: number, unit = "") => {
  const rule = `must be a whole number from ${minimum} to ${maximum}${unit === "" ? "" : ` ${unit}`}`;
  return text
    .regex(/^\d{1,10}$/, rule)
    .transform(Number)
    .pipe(z.number().min(minimum, rule).max(maximum, rule));
};

/** Milliseconds, up to a day. */
export const milliseconds = (minimum = 0) => number(minimum, 86_400_000, "(milliseconds)");

/** `1` is true, `0` is false. */
export const flag = z.enum(["0", "1"], "must be 0 or 1").transform((value) => value === "1");

/** One of some words; the refusal lists them. */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

/** Values with commas between them. */
export const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  text.transform((value) => value.split(",").map((part) => part.trim())).pipe(z.array(item));

export const postgresUrl = text.refine(
  isPostgresUrl,
  "must be a PostgreSQL URL, such as postgres://user:password@host:5432/database (a % in it is written %25)",
);

function isPostgresUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, href } = new URL(value);
  return ["postgres:", "postgresql:"].includes(protocol) && isDecodable(href);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== "";
  } catch {
    return false;
  }
}

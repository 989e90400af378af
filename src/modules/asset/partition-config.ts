import { z } from "zod";
import { distinct, label, moment } from "../fields.ts";

/** How long one partition of a time-partitioned asset is, as stored. */
export const TIME_GRANULARITIES = ["minute", "hour", "day", "week", "month", "quarter", "year"] as const;
export type TimeGranularity = (typeof TIME_GRANULARITIES)[number];

/** How an asset is cut into partitions: by time, by a fixed list of keys, or by ranges of a number. As stored, in JSON. */
export type PartitionConfig =
  | {
      readonly kind: "time";
      readonly granularity: TimeGranularity;
      /** Begin of the first partition, RFC 3339 in UTC with milliseconds. */
      readonly start: string;
      /** IANA time zone in which days and longer partitions begin. */
      readonly timezone: string;
    }
  | { readonly kind: "static"; readonly keys: readonly string[] }
  | {
      readonly kind: "range";
      /** Begin of the first partition, included. */
      readonly start: number;
      /** End of the last partition, excluded. */
      readonly end: number;
      /** Width of one partition. */
      readonly interval: number;
    };

/** Most keys of a static partition. */
const MAX_PARTITION_KEYS = 1000;

const timePartition = z
  .strictObject({
    granularity: z.enum(TIME_GRANULARITIES, `must be one of ${TIME_GRANULARITIES.join(", ")}`),
    start: moment,
    timezone: label(64)
      .refine(isTimeZone, "must be an IANA time zone, such as UTC or Europe/Paris")
      .nullish()
      .transform((zone) => zone ?? "UTC"),
  })
  .transform(({ start, ...rest }) => ({ kind: "time" as const, ...rest, start: start.toISOString() }));

const staticPartition = z
  .strictObject({
    keys: distinct(label(255))
      .min(1, "must have at least one key")
      .max(MAX_PARTITION_KEYS, `must have at most ${MAX_PARTITION_KEYS} keys`),
  })
  .transform((value) => ({ kind: "static" as const, ...value }));

const bound = z.number("must be a number").refine(Number.isFinite, "must be a finite number");

const rangePartition = z
  .strictObject({
    start: bound,
    end: bound,
    interval: bound.refine((width) => width > 0, "must be greater than 0"),
  })
  .refine(({ start, end }) => start < end, { path: ["end"], message: "must be greater than start" })
  .transform((value) => ({ kind: "range" as const, ...value }));

/** The way of partitioning as a caller gives it: exactly one of `time`, `static` and `range`. */
export const partitionConfig = z
  .strictObject({
    time: timePartition.nullish(),
    static: staticPartition.nullish(),
    range: rangePartition.nullish(),
  })
  .transform((value, context): PartitionConfig => {
    const given = [value.time, value.static, value.range].filter((way) => way !== null && way !== undefined);
    const [only] = given;
    if (only !== undefined && given.length === 1) return only;
    context.addIssue({ code: "custom", message: "must be given as exactly one of time, static and range" });
    return z.NEVER;
  });

/** The way of partitioning as it is stored, which exports tell. */
export const storedPartitionConfig = z.preprocess((value) => {
  if (typeof value !== "object" || value === null) return value;
  const { kind, ...way } = value as Record<string, unknown>;
  return { [String(kind)]: typeof way.start === "string" ? { ...way, start: new Date(way.start) } : way };
}, partitionConfig);

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

import { builder } from "../../graphql/builder.ts";
import { assumedSize } from "../../graphql/cost-declaration.ts";
import type { PartitionConfig, TimeGranularity } from "./partition-config.ts";

type Kind<K extends PartitionConfig["kind"]> = Extract<PartitionConfig, { kind: K }>;

const granularity = (value: TimeGranularity, description: string) => ({ value, description });

const TimeGranularityEnum = builder.enumType("TimeGranularity", {
  description: "How long one partition is.",
  values: {
    MINUTE: granularity("minute", "One minute."),
    HOUR: granularity("hour", "One hour."),
    DAY: granularity("day", "One day in the partitions' time zone."),
    WEEK: granularity("week", "Monday to Sunday."),
    MONTH: granularity("month", "One calendar month."),
    QUARTER: granularity("quarter", "Three calendar months."),
    YEAR: granularity("year", "One calendar year."),
  } as const,
});

const TimePartition = builder.objectRef<Kind<"time">>("TimePartition").implement({
  description: "Partitions by time.",
  fields: (t) => ({
    granularity: t.expose("granularity", {
      type: TimeGranularityEnum,
      description: "How long one partition is.",
    }),
    start: t.field({
      type: "DateTime",
      description: "Begin of the first partition.",
      resolve: ({ start }) => new Date(start),
    }),
    timezone: t.exposeString("timezone", {
      description: "IANA time zone in which days and longer partitions begin.",
    }),
  }),
});

const StaticPartition = builder.objectRef<Kind<"static">>("StaticPartition").implement({
  description: "One partition for each of a fixed list of keys.",
  fields: (t) => ({
    keys: t.expose("keys", {
      type: ["String"],
      description: "The partitions' keys, none twice.",
      extensions: assumedSize(300),
    }),
  }),
});

const RangePartition = builder.objectRef<Kind<"range">>("RangePartition").implement({
  description: "Partitions by equal ranges of a number.",
  fields: (t) => ({
    start: t.exposeFloat("start", { description: "Begin of the first partition, included." }),
    end: t.exposeFloat("end", { description: "End of the last partition, excluded." }),
    interval: t.exposeFloat("interval", { description: "Width of one partition." }),
  }),
});

export const PartitionConfigUnion = builder.unionType("PartitionConfig", {
  description: "How an asset is cut into partitions.",
  types: [TimePartition, StaticPartition, RangePartition],
  resolveType: ({ kind }) => ({ time: TimePartition, static: StaticPartition, range: RangePartition })[kind],
});

const TimePartitionInput = builder.inputType("TimePartitionInput", {
  description: "Partitions by time.",
  fields: (t) => ({
    granularity: t.field({
      type: TimeGranularityEnum,
      required: true,
      description: "How long one partition is.",
    }),
    start: t.field({ type: "DateTime", required: true, description: "Begin of the first partition." }),
    timezone: t.string({ description: "IANA time zone, such as Europe/Paris. Default UTC." }),
  }),
});

const StaticPartitionInput = builder.inputType("StaticPartitionInput", {
  description: "One partition for each of a fixed list of keys.",
  fields: (t) => ({
    keys: t.stringList({ required: true, description: "1 to 1000 keys of 1 to 255 characters, none twice." }),
  }),
});

const RangePartitionInput = builder.inputType("RangePartitionInput", {
  description: "Partitions by equal ranges of a number.",
  fields: (t) => ({
    start: t.float({ required: true, description: "Begin of the first partition, included." }),
    end: t.float({ required: true, description: "End of the last partition, excluded; greater than start." }),
    interval: t.float({ required: true, description: "Width of one partition, greater than 0." }),
  }),
});

export const PartitionConfigInput = builder.inputType("PartitionConfigInput", {
  description: "How an asset is cut into partitions: exactly one of the three ways.",
  isOneOf: true,
  fields: (t) => ({
    time: t.field({ type: TimePartitionInput, description: "By time." }),
    static: t.field({ type: StaticPartitionInput, description: "By a fixed list of keys." }),
    range: t.field({ type: RangePartitionInput, description: "By ranges of a number." }),
  }),
});

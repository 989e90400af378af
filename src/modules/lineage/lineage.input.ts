import { z } from "zod";
import { id } from "../fields.ts";

export const LINEAGE_DIRECTIONS = ["upstream", "downstream", "both"] as const;
export type LineageDirection = (typeof LINEAGE_DIRECTIONS)[number];

/** Depth and node budget of a walk when the caller names none. */
export const DEFAULT_MAX_DEPTH = 5;
export const DEFAULT_MAX_NODES = 500;
/** The most that a caller may ask for. */
const MAX_DEPTH = 1000;
const MAX_NODES = 10_000;

const wholeNumber = (minimum: number, maximum: number) => {
  const rule = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int(rule).min(minimum, rule).max(maximum, rule);
};

export const lineageRequest = z.strictObject({
  assetId: id,
  direction: z.enum(LINEAGE_DIRECTIONS, `must be one of ${LINEAGE_DIRECTIONS.join(", ")}`).default("both"),
  maxDepth: wholeNumber(0, MAX_DEPTH).default(DEFAULT_MAX_DEPTH),
  maxNodes: wholeNumber(1, MAX_NODES).default(DEFAULT_MAX_NODES),
});

export type LineageRequest = z.input<typeof lineageRequest>;

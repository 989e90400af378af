import { z } from "zod";
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "../db/keyset.ts";
import { parseInput } from "./fields.ts";

/** The part of a list that is wanted, counted by rows. */
export interface ListWindow {
  /** 1 to 1000. Default 50. */
  readonly limit?: number | undefined;
  /** Rows to leave out before it, 0 to 10,000,000. Default 0. */
  readonly offset?: number | undefined;
}

const listWindow = z.object({
  limit: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(MAX_PAGE_SIZE, `must be at most ${MAX_PAGE_SIZE}`)
    .default(DEFAULT_PAGE_SIZE),
  offset: z
    .int("must be a whole number")
    .min(0, "must not be negative")
    .max(10_000_000, "must be at most 10000000")
    .default(0),
});

/** @throws BadUserInputError for a limit or an offset out of range */
export function parseListWindow({ limit, offset }: ListWindow): { limit: number; offset: number } {
  return parseInput(listWindow, { limit, offset });
}

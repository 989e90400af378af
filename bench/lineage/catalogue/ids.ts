import { createHash } from "node:crypto";

/** Room for so many assets between the id spaces, a millisecond each. */
const SPACE_MS = 10_000_000;
const EPOCH_MS = 1_700_000_000_000;

/**
 * `pg_temp.bench_id(space, n)`: the UUIDv7 of the n-th asset of a space, in order of n, and the same in every catalogue.
 * As {@link benchId}. PostgreSQL inlines it where `n` is a column; a call of it takes ten times as long.
 */
export const CREATE_BENCH_ID = `
  CREATE FUNCTION pg_temp.bench_id(space int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT overlay(overlay(overlay(
      md5(space::text || '.' || n::text)
      placing lpad(to_hex(${EPOCH_MS} + space::bigint * ${SPACE_MS} + n), 12, '0') from 1 for 12)
      placing '7' from 13 for 1)
      placing '8' from 17 for 1)::uuid
  $$`;

export function benchId(space: number, n: number): string {
  const noise = createHash("md5").update(`${space}.${n}`).digest("hex");
  const time = (EPOCH_MS + space * SPACE_MS + n).toString(16).padStart(12, "0");
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${noise.slice(13, 16)}`,
    `8${noise.slice(17, 20)}`,
    noise.slice(20),
  ].join("-");
}

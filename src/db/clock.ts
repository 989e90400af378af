import type pg from "pg";

/** What time it is by the database's clock, which has stamped what is stored. */
export async function databaseTime(pool: pg.Pool): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>("/* clock.now */ SELECT clock_timestamp() AS now");
  const [row] = rows;
  if (row === undefined) throw new Error("the database does not tell the time");
  return row.now;
}

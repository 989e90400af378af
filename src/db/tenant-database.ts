import { NodePgDatabase, type NodePgPreparedQuery, NodePgSession } from "drizzle-orm/node-postgres";
import { PgDialect, type PreparedQueryConfig } from "drizzle-orm/pg-core";
import type pg from "pg";
import { rowReader } from "./row-reader.ts";

type NoSchema = Record<string, never>;
type Session = NodePgSession<NoSchema, NoSchema>;
type Prepared<Rows> = { execute(values?: Record<string, unknown>): Promise<Rows> };

const dialect = new PgDialect();

/** As much of a `pg` client as Drizzle uses. */
export interface QueryClient {
  query(config: pg.QueryConfig, values: unknown[]): Promise<pg.QueryResult>;
}

/** Drizzle over one tenant-bound transaction, for one named operation. */
export class TenantDatabase extends NodePgDatabase<NoSchema> {
  readonly #client: QueryClient;

  constructor(client: QueryClient) {
    super(dialect, new TenantSession(client as pg.PoolClient, dialect, undefined), undefined);
    this.#client = client;
  }

  /** Runs a statement that was built once. */
  run<Rows>(statement: BuiltOnce<Rows>, values: Record<string, unknown>): Promise<Rows> {
    // Drizzle's own is bound to the client that it was prepared on.
    const prepared = Object.create(statement(this), { client: { value: this.#client } }) as Prepared<Rows>;
    return prepared.execute(values);
  }
}

/** A statement that Drizzle builds when it is first run. */
export type BuiltOnce<Rows> = (db: TenantDatabase) => Prepared<Rows>;

/**
 * A statement of which only the values differ: to build it anew each time costs more than to send it.
 * @param build makes it, with `sql.placeholder` for each value
 */
export function builtOnce<Rows>(
  build: (db: TenantDatabase) => { prepare(name: string): Prepared<Rows> },
): BuiltOnce<Rows> {
  let built: Prepared<Rows> | undefined;
  return (db) => {
    built ??= build(db).prepare("");
    return built;
  };
}

/** Reads rows by what was found out once about their columns, where Drizzle finds it out for each value. */
class TenantSession extends NodePgSession<NoSchema, NoSchema> {
  override prepareQuery<T extends PreparedQueryConfig = PreparedQueryConfig>(
    ...[query, fields, name, isArray, read, ...others]: Parameters<Session["prepareQuery"]>
  ): NodePgPreparedQuery<T> {
    const reader = read ?? (fields && rowReader(fields));
    const prepared = super.prepareQuery<T>(query, fields, name, isArray, reader as typeof read, ...others);
    return prepared as NodePgPreparedQuery<T>;
  }
}

import { fillPlaceholders, type SQL } from "drizzle-orm";
import { NodePgDatabase, type NodePgPreparedQuery, NodePgSession } from "drizzle-orm/node-postgres";
import { PgDialect, type PreparedQueryConfig } from "drizzle-orm/pg-core";
import type pg from "pg";
import { rowReader } from "./row-reader.ts";

/** What Drizzle is told as the name of a statement that is to be kept prepared. Its real name is made from its text. */
export const PREPARED = "prepared";

type NoSchema = Record<string, never>;
type Session = NodePgSession<NoSchema, NoSchema>;

const dialect = new PgDialect();

/** As much of a `pg` client as Drizzle uses. */
export interface QueryClient {
  query(config: pg.QueryConfig, values: unknown[]): Promise<pg.QueryResult>;
}

/** Drizzle over one tenant-bound transaction, for one named operation. */
export class TenantDatabase extends NodePgDatabase<NoSchema> {
  readonly #client: QueryClient;
  readonly #session: TenantSession;

  constructor(client: QueryClient) {
    const session = new TenantSession(client as pg.PoolClient, dialect, undefined);
    super(dialect, session, undefined);
    this.#client = client;
    this.#session = session;
  }

  /** Executes a statement that is kept prepared, with one plan for all values. */
  async executePrepared<Row>(statement: SQL): Promise<{ readonly rows: Row[] }> {
    const prepared = this.#session.prepareQuery(dialect.sqlToQuery(statement), undefined, PREPARED, false);
    return (await prepared.execute()) as { readonly rows: Row[] };
  }

  /** Runs a statement that was built once. */
  async run<Rows>(statement: BuiltOnce<Rows>, values: Record<string, unknown>): Promise<Rows> {
    const { config, params, read } = statement();
    const { rows } = await this.#client.query(config, fillPlaceholders(params, values));
    return read(rows as unknown[][]);
  }
}

/** A statement as `pg` takes it, and how its rows are read. */
interface Built<Rows> {
  readonly config: pg.QueryConfig;
  /** Values, and placeholders for those that it is run with. */
  readonly params: unknown[];
  readonly read: (rows: unknown[][]) => Rows;
}

/** A statement that Drizzle builds when it is first run. */
export type BuiltOnce<Rows> = () => Built<Rows>;

/** Makes a statement, with `sql.placeholder` for the values that it is run with. */
type Build<Args extends unknown[], Rows> = (
  db: TenantDatabase,
  ...args: Args
) => { prepare(name: string): { execute(): Promise<Rows> } };

/** So many shapes of a statement are kept; the oldest goes first. */
const MOST_SHAPES = 100;

/**
 * A statement that has few shapes, each of which is built once: to build it anew each time costs more than to send it. It is
 * kept prepared, with one plan for all values.
 * @returns tells the statement of a shape, which must say all that its text depends on; it is built anew where there is none
 */
export function builtPerShape<Args extends unknown[], Rows>(
  build: Build<Args, Rows>,
): (shape: string | undefined, ...args: Args) => BuiltOnce<Rows> {
  const built = new Map<string, Built<Rows>>();
  return (shape, ...args) =>
    () => {
      const known = shape === undefined ? undefined : built.get(shape);
      if (known !== undefined) return known;
      const statement = builtOf(build(BUILDER, ...args).prepare(shape === undefined ? "" : PREPARED));
      if (shape === undefined) return statement;
      const [oldest] = built.keys();
      if (oldest !== undefined && built.size >= MOST_SHAPES) built.delete(oldest);
      built.set(shape, statement);
      return statement;
    };
}

/** What Drizzle's own would do with each run is done once; without its tracer and cache, which nobody has here. */
function builtOf<Rows>(prepared: { execute(): Promise<Rows> }): Built<Rows> {
  const { queryConfig, params, customResultMapper } = prepared as unknown as {
    readonly queryConfig: pg.QueryConfig;
    readonly params: unknown[];
    readonly customResultMapper: (rows: unknown[][]) => Rows;
  };
  return { config: queryConfig, params, read: customResultMapper };
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

/** What statements are built on that will be run on others: it keeps no connection. */
const BUILDER = new TenantDatabase({ query: () => Promise.reject(new Error("it only builds")) });

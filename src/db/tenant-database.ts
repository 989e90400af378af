import { fillPlaceholders, type SQL } from "drizzle-orm";
import { NodePgDatabase, type NodePgPreparedQuery, NodePgSession } from "drizzle-orm/node-postgres";
import { PgDialect, type PreparedQueryConfig } from "drizzle-orm/pg-core";
import type pg from "pg";
import { rowReader } from "./row-reader.ts";

/**
 * What Drizzle is told as the name of a statement that is to be kept prepared: by how it is planned. Its real name is made from
 * its text.
 */
const PLANS = {
  /** One plan for all values. It is made for the tenant that comes first, so there must be only one way to the rows. */
  prepared: "force_generic_plan",
  /**
   * Anew each time: where there are several ways to the rows. Of a tenant that has few, PostgreSQL may as well read them all, and
   * what was planned for one such would read all of a tenant that has many.
   */
  "prepared custom": "force_custom_plan",
  /** As PostgreSQL chooses: for inserts, whose plan is the same for all values. */
  "prepared auto": "auto",
} as const;

export type Prepared = keyof typeof PLANS;

/** How a statement that is to be kept prepared is planned; undefined for any other. */
export function planOf({ name }: pg.QueryConfig): (typeof PLANS)[Prepared] | undefined {
  return PLANS[name as Prepared];
}

type NoSchema = Record<string, never>;
type Session = NodePgSession<NoSchema, NoSchema>;

const dialect = new PgDialect();

/** As much of a `pg` client as Drizzle uses. */
export interface QueryClient {
  /** @param isLast whether it is for {@link TenantDatabase.runLast}; Drizzle does not say so */
  query(config: pg.QueryConfig, values: unknown[], isLast?: boolean): Promise<pg.QueryResult>;
}

/** Drizzle over one tenant-bound transaction, for one named operation. */
export class TenantDatabase extends NodePgDatabase<NoSchema> {
  readonly #client: QueryClient;

  constructor(client: QueryClient) {
    super(dialect, sessionOn(client), undefined);
    this.#client = client;
  }

  /** Runs a statement that was built once. */
  run<Rows>(statement: BuiltOnce<Rows>, values: Record<string, unknown>): Promise<Rows> {
    return this.#run(statement, values, false);
  }

  /**
   * As {@link run}, for a statement with which all that a method stores is stored: where the transaction is for that method
   * alone, `COMMIT` leaves in the same flight, so that nothing which fails after it can undo it. Only a method that has stored
   * nothing at all may ask for more then; it gets another transaction.
   */
  runLast<Rows>(statement: BuiltOnce<Rows>, values: Record<string, unknown>): Promise<Rows> {
    return this.#run(statement, values, true);
  }

  async #run<Rows>(
    statement: BuiltOnce<Rows>,
    values: Record<string, unknown>,
    isLast: boolean,
  ): Promise<Rows> {
    const { config, params, read } = statement();
    const { rows } = await this.#client.query(config, fillPlaceholders(params, values), isLast);
    return read(rows);
  }
}

/** A statement as `pg` takes it, and how its rows are read. */
interface Built<Rows> {
  readonly config: pg.QueryConfig;
  /** Values, and placeholders for those that it is run with. */
  readonly params: unknown[];
  readonly read: (rows: unknown[]) => Rows;
}

/** A statement that Drizzle builds when it is first run. */
export type BuiltOnce<Rows> = () => Built<Rows>;

/** Makes a statement, with `sql.placeholder` for the values that it is run with. */
type Build<Args extends unknown[], Rows> = (
  db: TenantDatabase,
  ...args: Args
) => { prepare(name: string): { execute(): Promise<Rows> } };

/**
 * A statement that has few shapes, each of which is built once: to build it anew each time costs more than to send it. It is
 * kept prepared, with one plan for all values unless another of {@link PLANS} is named.
 * @returns tells the statement of a shape, which must say all that its text depends on; it is built anew where there is none
 */
export function builtPerShape<Args extends unknown[], Rows>(
  build: Build<Args, Rows>,
  prepared: Prepared = "prepared",
): (shape: string | undefined, ...args: Args) => BuiltOnce<Rows> {
  return perShape((shape, ...args: Args) => {
    const name = shape === undefined ? "" : prepared;
    const { queryConfig, params, customResultMapper } = insideOf<Rows>(build(BUILDER, ...args).prepare(name));
    // Without RETURNING there are no rows to read.
    return { config: queryConfig, params, read: customResultMapper ?? ((rows) => rows as Rows) };
  });
}

/** An `INSERT` that is built once, and kept prepared. */
export function builtInsert<Rows>(build: Build<[], Rows>): BuiltOnce<Rows> {
  return builtPerShape(build, "prepared auto")("");
}

/** As {@link builtPerShape} for a statement in SQL, whose rows are as `pg` gives them. It is kept prepared in any shape. */
export function writtenPerShape<Args extends unknown[], Row>(
  write: (...args: Args) => SQL,
): (shape: string | undefined, ...args: Args) => BuiltOnce<Row[]> {
  return perShape((_shape, ...args: Args) => {
    const query = dialect.sqlToQuery(write(...args));
    const { rawQueryConfig, params } = insideOf(
      BUILDING.prepareQuery(query, undefined, "prepared" satisfies Prepared, false),
    );
    return { config: rawQueryConfig, params, read: (rows) => rows as Row[] };
  });
}

/** So many shapes of a statement are kept; the oldest goes first. */
const MOST_SHAPES = 100;

function perShape<Args extends unknown[], Rows>(
  build: (shape: string | undefined, ...args: Args) => Built<Rows>,
): (shape: string | undefined, ...args: Args) => BuiltOnce<Rows> {
  const built = new Map<string, Built<Rows>>();
  return (shape, ...args) =>
    () => {
      if (shape === undefined) return build(shape, ...args);
      const known = built.get(shape);
      if (known !== undefined) return known;
      const statement = build(shape, ...args);
      const [oldest] = built.keys();
      if (oldest !== undefined && built.size >= MOST_SHAPES) built.delete(oldest);
      built.set(shape, statement);
      return statement;
    };
}

/** What Drizzle has prepared. Its own execution goes through a tracer and a cache, which nobody has here, each time. */
function insideOf<Rows>(prepared: object) {
  return prepared as {
    readonly queryConfig: pg.QueryConfig;
    readonly rawQueryConfig: pg.QueryConfig;
    readonly params: unknown[];
    readonly customResultMapper: ((rows: unknown[]) => Rows) | undefined;
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

function sessionOn(client: QueryClient): TenantSession {
  return new TenantSession(client as pg.PoolClient, dialect, undefined);
}

/** What statements are built on that will be run on others: it keeps no connection. */
const NO_CLIENT: QueryClient = { query: () => Promise.reject(new Error("it only builds")) };
const BUILDING = sessionOn(NO_CLIENT);
const BUILDER = new TenantDatabase(NO_CLIENT);

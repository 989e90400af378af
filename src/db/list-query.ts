import pg from "pg";

type Parser = (text: string) => unknown;
type TypesOfFields = readonly Pick<pg.FieldDef, "dataTypeID" | "format">[];

/** How the columns were read when a statement was answered last, which is most often how they are read again. */
const lastRead = new WeakMap<pg.QueryConfig, { readonly key: string; readonly parsers: readonly Parser[] }>();

/**
 * `pg`'s query for rows as lists. Its own makes an object of all columns for each answer, although no row becomes one, and
 * looks for what reads each of them anew.
 */
class ListQuery extends pg.Query {
  readonly found: unknown[][] = [];
  readonly #config: pg.QueryConfig;
  #parsers: readonly Parser[] = [];
  #failure: unknown;

  constructor(
    config: pg.QueryConfig,
    values: unknown[],
    done: (error: unknown, result: pg.QueryResult) => void,
  ) {
    // `pg` copies each property of its own that it is given, which takes 4 µs, and reads what is inherited where it is.
    super(Object.create(config), values, (error, result) => done(error ?? this.#failure, result));
    this.#config = config;
  }

  handleRowDescription({ fields }: { readonly fields: TypesOfFields }): void {
    this.#parsers = parsersOf(this.#config, fields);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    try {
      this.found.push(fields.map((text, index) => (text === null ? null : this.#parsers[index]?.(text))));
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

function parsersOf(config: pg.QueryConfig, fields: TypesOfFields): readonly Parser[] {
  const key = fields.map(({ dataTypeID }) => dataTypeID).join();
  const last = lastRead.get(config);
  if (last?.key === key) return last.parsers;
  const types = config.types ?? pg.types;
  const parsers = fields.map(({ dataTypeID }) => types.getTypeParser(dataTypeID, "text") as Parser);
  lastRead.set(config, { key, parsers });
  return parsers;
}

/** As `client.query`, sooner where rows are lists: of the result, there are no `fields` then. */
export function ask<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  config: string | pg.QueryConfig,
  values: unknown[] | undefined,
): Promise<pg.QueryResult<Row>> {
  const areLists = typeof config === "object" && "rowMode" in config && config.rowMode === "array";
  return areLists && values !== undefined
    ? askForLists(client, config, values)
    : client.query<Row>(config, values);
}

function askForLists<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  config: pg.QueryConfig,
  values: unknown[],
): Promise<pg.QueryResult<Row>> {
  const answered = new Promise<pg.QueryResult<Row>>((resolve, reject) => {
    const query = new ListQuery(config, values, (error, result) => {
      if (error != null) reject(error);
      else resolve(Object.assign(result, { rows: query.found as unknown as Row[] }));
    });
    client.query(query);
  });
  return answered.catch((error: unknown) => {
    // As `pg` does: its own stack begins at the socket, and this one at who asked.
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  });
}

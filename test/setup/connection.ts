import pg from "pg";

const NOT_ALLOWED = "42501";

/** What the global set-up tells the test files. */
export interface ProvidedDatabase {
  /** The role that owns the databases; not a superuser. */
  readonly ownerUrl: string;
  /** The application's login, a member of the group role that the policies are for. */
  readonly applicationUrl: string;
  /** The migrated database to clone. */
  readonly template: string;
  /** How the names of the clones begin. */
  readonly prefix: string;
  /** Whether a session keeps what was prepared in it: not behind an old pooler. Default: yes. */
  readonly keepsPrepared?: boolean;
}

/** Drops a database if it exists, with the connections to it. */
export async function dropDatabase(server: ProvidedDatabase, name: string): Promise<void> {
  await withClient(server.ownerUrl, async (owner) => {
    try {
      await owner.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === NOT_ALLOWED)) throw error;
      // The owner is no superuser: it may end neither the application's connections nor an autovacuum that has just come.
      // The application may end its own, and a DROP without FORCE waits for the autovacuum, which it asks to go.
      await endOwnConnections(owner, name);
      await withClient(withDatabase(server.applicationUrl, databaseOf(server.ownerUrl)), (application) =>
        endOwnConnections(application, name),
      );
      await owner.query(`DROP DATABASE IF EXISTS ${name}`);
    }
  });
}

async function endOwnConnections(client: pg.Client, database: string): Promise<void> {
  await client.query(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND usename = current_user",
    [database],
  );
}

/** Runs work on a connection of its own. */
export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server and role, another database. */
export function withDatabase(connectionString: string, name: string): string {
  const url = new URL(connectionString);
  url.pathname = name;
  return url.href;
}

function databaseOf(connectionString: string): string {
  return new URL(connectionString).pathname.slice(1);
}

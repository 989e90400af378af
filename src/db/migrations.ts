import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DrizzleQueryError } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { APPLICATION_ROLE } from "./columns.ts";
import { listMigrations, migrationsFolder } from "./migration-state.ts";

/** Any constant will do, so long as every replica uses the same one. */
const MIGRATION_LOCK = 7_310_579_226;

/** The login role that serving uses, made by the migration when it does not exist yet. */
export interface ApplicationLogin {
  readonly user: string;
  /** Set when the role is made; an existing role keeps its own. */
  readonly password?: string | undefined;
}

/** The database refused a migration, or was lost. One line that names it and says why; all that were pending are undone. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export interface MigrationOptions {
  /** A login role to create (if absent) and to make a member of `servo_app`. Default: none. */
  readonly applicationLogin?: ApplicationLogin | undefined;
}

/**
 * Brings a database up to this version: the role `servo_app`, the tables with their policies and grants, and the login
 * role if one is given. Safe to run again, and safe when many replicas start at once: one works, the rest wait for an
 * advisory lock on a connection of their own. All pending migrations commit together or not at all.
 * @param ownerPool connects as the role that owns the tables; it needs CREATEROLE where a role is missing
 * @throws MigrationError when a migration fails
 */
export async function runMigrations(ownerPool: pg.Pool, options: MigrationOptions = {}): Promise<void> {
  const client = await ownerPool.connect();
  // Without a listener, a connection that is lost ends the process.
  client.on("error", () => undefined);
  let failed = true;
  try {
    await client.query("/* migrate.lock */ SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await createRoleUnlessExists(client, APPLICATION_ROLE, "NOLOGIN");
    await migrate(drizzle(client), { migrationsFolder: migrationsFolder() }).catch(explainFailure);
    if (options.applicationLogin !== undefined) await admitLogin(client, options.applicationLogin);
    await client.query("/* migrate.unlock */ SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    failed = false;
  } finally {
    // Closing the connection is what surely gives the lock back after a failure.
    client.release(failed);
  }
}

/** Drizzle tells the statement that failed, and not where it stands. */
async function explainFailure(error: unknown): Promise<never> {
  if (!(error instanceof DrizzleQueryError)) throw error;
  const tag = await findMigrationOf(error.query);
  const what = tag === undefined ? "Migrating" : `The migration ${tag}`;
  const message = `${what} failed, and nothing of what was pending is stored: ${error.cause?.message}`;
  throw new MigrationError(message, { cause: error.cause });
}

async function findMigrationOf(statement: string): Promise<string | undefined> {
  for (const { tag } of await listMigrations()) {
    const text = await readFile(join(migrationsFolder(), `${tag}.sql`), "utf8");
    if (text.split("--> statement-breakpoint").includes(statement)) return tag;
  }
  return undefined;
}

async function admitLogin(client: pg.PoolClient, { user, password }: ApplicationLogin): Promise<void> {
  const secret = password === undefined ? "" : ` PASSWORD ${client.escapeLiteral(password)}`;
  if (user === APPLICATION_ROLE) {
    const { rows } = await client.query<{ rolcanlogin: boolean }>(
      "/* migrate.login */ SELECT rolcanlogin FROM pg_roles WHERE rolname = $1",
      [user],
    );
    if (rows[0]?.rolcanlogin === false)
      await client.query(`/* migrate.login */ ALTER ROLE ${APPLICATION_ROLE} LOGIN${secret}`);
    return;
  }
  await createRoleUnlessExists(client, user, `LOGIN${secret}`);
  const { rows } = await client.query<{ member: boolean }>(
    "/* migrate.member */ SELECT pg_has_role($1, $2, 'MEMBER') AS member",
    [user, APPLICATION_ROLE],
  );
  if (rows[0]?.member !== true)
    await client.query(`/* migrate.member */ GRANT ${APPLICATION_ROLE} TO ${client.escapeIdentifier(user)}`);
}

async function createRoleUnlessExists(
  client: pg.PoolClient,
  role: string,
  attributes: string,
): Promise<void> {
  const { rowCount } = await client.query("/* migrate.role */ SELECT FROM pg_roles WHERE rolname = $1", [
    role,
  ]);
  if (rowCount !== 0) return;
  try {
    await client.query(`/* migrate.role */ CREATE ROLE ${client.escapeIdentifier(role)} ${attributes}`);
  } catch (error) {
    // Roles belong to the whole cluster: a migration of another database may have made it meanwhile.
    const madeMeanwhile = error instanceof pg.DatabaseError && ["42710", "23505"].includes(error.code ?? "");
    if (!madeMeanwhile) throw error;
  }
}

import { randomBytes } from "node:crypto";
import pg from "pg";
import { APPLICATION_ROLE } from "../../src/db/columns.ts";
import { runMigrations } from "../../src/db/migrations.ts";
import { dropDatabase, type ProvidedDatabase, withClient, withDatabase } from "./connection.ts";

const OLDEST = 150_000;

/** A migrated database to clone, and the roles to use it with. */
export interface Template {
  readonly database: ProvidedDatabase;
  /** Drops the template, what was cloned from it, and the roles that were made for it. */
  drop(): Promise<void>;
}

/**
 * Makes the template database of this run. Its names are random, so that runs may share a server; only the group
 * role, whose name is fixed, may exist before and is then kept.
 *
 * @param adminUrl a superuser, or a role with CREATEDB and CREATEROLE, which then also owns the databases
 */
export async function makeTemplate(adminUrl: string): Promise<Template> {
  const run = randomBytes(4).toString("hex");
  const password = randomBytes(18).toString("base64url");
  const login = `servo_test_login_${run}`;
  const prefix = `servo_test_${run}_`;
  const template = `servo_template_${run}`;

  const { ownerUrl, madeOwner, madeGroup } = await withClient(adminUrl, async (admin) => {
    const { superuser, groupExists } = await examine(admin);
    if (!superuser) return { ownerUrl: adminUrl, madeOwner: undefined, madeGroup: !groupExists };
    const owner = `servo_test_owner_${run}`;
    await admin.query(`CREATE ROLE ${owner} LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`);
    // Since PostgreSQL 16, CREATEROLE alone does not allow to grant a role that somebody else made.
    if (groupExists) await admin.query(`GRANT ${APPLICATION_ROLE} TO ${owner} WITH ADMIN OPTION`);
    return { ownerUrl: withLogin(adminUrl, owner, password), madeOwner: owner, madeGroup: !groupExists };
  });

  const database: ProvidedDatabase = {
    ownerUrl,
    applicationUrl: withLogin(adminUrl, login, password),
    template,
    prefix,
  };
  const drop = async (): Promise<void> => {
    for (const name of await withClient(adminUrl, (admin) => databasesOf(admin, prefix))) {
      await dropDatabase(database, name);
    }
    await dropDatabase(database, template);
    await withClient(adminUrl, async (admin) => {
      await admin.query(`DROP ROLE IF EXISTS ${login}`);
      if (madeGroup) await dropUnlessUsed(admin, APPLICATION_ROLE);
      if (madeOwner !== undefined) await admin.query(`DROP ROLE ${madeOwner}`);
    });
  };

  try {
    await withClient(ownerUrl, (owner) => owner.query(`CREATE DATABASE ${template}`));
    const pool = new pg.Pool({ connectionString: withDatabase(ownerUrl, template), max: 2 });
    try {
      await runMigrations(pool, { applicationLogin: { user: login, password } });
    } finally {
      await pool.end();
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { database, drop };
}

async function examine(admin: pg.Client): Promise<{ superuser: boolean; groupExists: boolean }> {
  const { rows } = await admin.query<{
    version: number;
    superuser: boolean;
    able: boolean;
    groupExists: boolean;
  }>(
    `SELECT current_setting('server_version_num')::int AS version, rolsuper AS superuser,
            rolcreatedb AND rolcreaterole AS able,
            EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS "groupExists"
       FROM pg_roles WHERE rolname = current_user`,
    [APPLICATION_ROLE],
  );
  const [found] = rows;
  if (found === undefined || found.version < OLDEST)
    throw new Error("TEST_DATABASE_URL: PostgreSQL 15 or later is needed.");
  if (!found.superuser && !found.able) {
    throw new Error("TEST_DATABASE_URL: the role must be a superuser, or have both CREATEDB and CREATEROLE.");
  }
  return found;
}

async function databasesOf(admin: pg.Client, prefix: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    "SELECT datname AS name FROM pg_database WHERE starts_with(datname::text, $1)",
    [prefix],
  );
  return rows.map(({ name }) => name);
}

/** Another run on the same server may have come to use a role that this one made. */
async function dropUnlessUsed(admin: pg.Client, role: string): Promise<void> {
  try {
    await admin.query(`DROP ROLE IF EXISTS ${role}`);
  } catch (error) {
    const used = error instanceof pg.DatabaseError && error.code === "2BP01";
    if (!used) throw error;
  }
}

function withLogin(connectionString: string, user: string, password: string): string {
  const url = new URL(connectionString);
  url.username = user;
  url.password = password;
  return url.href;
}

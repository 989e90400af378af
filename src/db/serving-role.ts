import { ServoError } from "../errors.ts";
import type { HeldClient } from "./held-client.ts";

/** The connection's role is not held by row-level security; the message says why, and what to do about it. One line. */
export class ServingRoleError extends ServoError {
  readonly code = "FORBIDDEN";
}

/** The first that is found is told. */
const FAULTS = {
  superuser: "is a superuser (or may become one)",
  bypasses: "has BYPASSRLS (or may take it on)",
  owns: "owns the tables (or is a member of the role that does)",
  ownsSchema: "owns the schema of the tables (or is a member of the role that does)",
  replicates: "has REPLICATION (or may take it on)",
  makesRoles: "has CREATEROLE (or may take it on)",
  overreaches: "has TRUNCATE, REFERENCES or TRIGGER on the tables (or may take it on)",
} as const;

/** What must not be set where a session begins. */
const SETTINGS = {
  refusing: "row_security = off, under which every query would be refused",
  unchecked: "session_replication_role = replica, under which no foreign key is checked",
} as const;

type ServingRole = Readonly<Record<keyof typeof FAULTS | keyof typeof SETTINGS, boolean>> & {
  readonly name: string;
};

// What a role is a member of, it may become, and one that a setting has put in its place it may leave again. Guarded are
// the tables that its queries find, wherever its search_path leads.
const SERVING_ROLE = `/* serving.role */
  WITH guarded AS (
    SELECT relation.oid, relation.relowner, schema.nspowner
    FROM pg_class AS relation JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
    WHERE relation.relkind IN ('r', 'p') AND relation.relrowsecurity AND pg_table_is_visible(relation.oid)
  )
  SELECT
    session_user AS name,
    bool_or(role.rolsuper OR role.rolname IN
      ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')) AS superuser,
    bool_or(role.rolbypassrls) AS bypasses,
    bool_or(role.rolreplication) AS replicates,
    bool_or(role.rolcreaterole AND EXISTS (SELECT FROM guarded)) AS "makesRoles",
    bool_or(role.oid IN (SELECT relowner FROM guarded)) AS owns,
    bool_or(role.oid IN (SELECT nspowner FROM guarded)) AS "ownsSchema",
    bool_or(EXISTS (
      SELECT FROM guarded WHERE has_table_privilege(role.oid, guarded.oid, 'TRUNCATE, REFERENCES, TRIGGER')
    )) AS overreaches,
    current_setting('row_security') = 'off' AS refusing,
    current_setting('session_replication_role') = 'replica' AS unchecked
  FROM pg_roles AS role
  WHERE pg_has_role(session_user, role.oid, 'MEMBER')`;

/**
 * Checks that the role of a connection is held by row-level security: it may neither go past the policies (superuser,
 * BYPASSRLS, REPLICATION, TRUNCATE) nor change them or become somebody who may (the owner of the tables or of their
 * schema, CREATEROLE where there is an owner to become, TRIGGER, a member of such a role).
 * @throws ServingRoleError naming what is wrong
 */
export async function assertServingRole(client: Pick<HeldClient, "query">): Promise<void> {
  const { rows } = await client.query<ServingRole>(SERVING_ROLE);
  const [role] = rows;
  if (role === undefined) return;
  const [fault] = namesOf(FAULTS).filter((name) => role[name]);
  if (fault !== undefined) {
    throw new ServingRoleError(
      `DATABASE_URL: the role "${role.name}" ${FAULTS[fault]}, so row-level security would not hold it. Serve as a role that owns nothing; "servo-storage migrate" makes one of the name and password in DATABASE_URL.`,
    );
  }
  const [setting] = namesOf(SETTINGS).filter((name) => role[name]);
  if (setting !== undefined) {
    throw new ServingRoleError(
      `DATABASE_URL: the role "${role.name}" begins with ${SETTINGS[setting]}. Remove that setting from the role, the database or DATABASE_URL.`,
    );
  }
}

function namesOf<Name extends string>(texts: Readonly<Record<Name, string>>): Name[] {
  return Object.keys(texts) as Name[];
}

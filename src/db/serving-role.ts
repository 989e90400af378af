import type pg from "pg";
import { ServoError } from "../errors.ts";

/** The connection's role is not held by row-level security; the message says why, and what to do about it. One line. */
export class ServingRoleError extends ServoError {
  readonly code = "FORBIDDEN";
}

interface ServingRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypasses: boolean;
  readonly owns: boolean;
}

// What a role is a member of, it may become.
const SERVING_ROLE = `/* serving.role */
  SELECT
    current_user AS name,
    bool_or(role.rolsuper) AS superuser,
    bool_or(role.rolbypassrls) AS bypasses,
    EXISTS (
      SELECT FROM pg_class AS relation
      WHERE relation.relkind IN ('r', 'p') AND relation.relrowsecurity
        AND relation.relnamespace = current_schema()::regnamespace
        AND pg_has_role(current_user, relation.relowner, 'MEMBER')
    ) AS owns
  FROM pg_roles AS role
  WHERE pg_has_role(current_user, role.oid, 'MEMBER')`;

/**
 * Checks that the role of a connection is held by row-level security: no superuser, no BYPASSRLS, not the owner of the
 * tables (nor a member of such a role, which could switch the policies off).
 * @throws ServingRoleError naming what is wrong
 */
export async function assertServingRole(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<ServingRole>(SERVING_ROLE);
  const [role] = rows;
  if (role === undefined) return;
  const fault = role.superuser
    ? "is a superuser (or may become one)"
    : role.bypasses
      ? "has BYPASSRLS (or may take it on)"
      : role.owns
        ? "owns the tables (or is a member of the role that does)"
        : undefined;
  if (fault === undefined) return;
  throw new ServingRoleError(
    `DATABASE_URL: the role "${role.name}" ${fault}, so row-level security would not hold it. Serve as a role that owns nothing; "servo-storage migrate" makes one of the name and password in DATABASE_URL.`,
  );
}

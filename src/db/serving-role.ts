import type pg from "pg";

/** The connection may not be used for serving, and what to do about it. One line. */
export class ServingRoleError extends Error {
  override readonly name = "ServingRoleError";
}

/**
 * Checks that the role of a pool is held by row-level security: no superuser, no BYPASSRLS, not the owner of the tables
 * (nor a member of it, which could switch the policies off).
 * @throws ServingRoleError naming what is wrong
 */
export async function assertServingRole(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string; superuser: boolean; bypasses: boolean; owns: boolean }>(`
    /* serving.role */
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
    WHERE pg_has_role(current_user, role.oid, 'MEMBER')`);
  const [role] = rows;
  if (role === undefined) return;
  const fault = role.superuser
    ? "is a superuser (or may become one)"
    : role.bypasses
      ? "has BYPASSRLS (or may take it on)"
      : role.owns
        ? "owns the tables (or is a member of the role that does)"
        : undefined;
  if (fault !== undefined) {
    throw new ServingRoleError(
      `DATABASE_URL: the role "${role.name}" ${fault}, so row-level security would not hold it. Serve as a role that owns nothing; "servo-storage migrate" makes one of the name and password in DATABASE_URL.`,
    );
  }
}

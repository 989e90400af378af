import { TABLES, type Table, UNCHANGING_TABLES } from "../owner.ts";
import { type Check, describe } from "./check.ts";
import { STRANGERS } from "./stage.ts";

const CURRENT = "NULLIF(current_setting('app.current_tenant'::text, true), ''::text)";
const OWN = `(tenant_id = ${CURRENT})`;
const OWN_OR_GLOBAL = `(tenant_id = ANY (ARRAY['~global'::text, ${CURRENT}]))`;

/** What each table has by way of policies: command, for reading, for writing. They hold no subquery. */
const POLICIES = [
  ["a", null, OWN],
  ["d", OWN, null],
  ["r", OWN_OR_GLOBAL, null],
  ["w", OWN, OWN],
];

/** The form of every table's columns, keys and rights, as the database's own catalogue tells it. */
export const TABLE_FORM: readonly Check[] = TABLES.flatMap((table) => [
  finds(
    `${table} has its policies switched on, for its owner too`,
    table,
    `SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = '${table}'::regclass`,
    [{ relrowsecurity: true, relforcerowsecurity: true }],
  ),
  finds(
    `${table} has one policy for each verb, for the application alone, and they are those of the design`,
    table,
    `SELECT polname AS name, polpermissive AS permissive, polroles::regrole[]::text AS roles,
            array[polcmd::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)] AS form
     FROM pg_policy WHERE polrelid = '${table}'::regclass ORDER BY polcmd`,
    POLICIES.map((form) => ({
      name: `${table}_${{ a: "insert", d: "delete", r: "select", w: "update" }[String(form[0])]}`,
      permissive: true,
      roles: "{servo_app}",
      form,
    })),
  ),
  finds(
    `${table} has a primary key, and every key of it leads with the tenant`,
    table,
    `SELECT bool_or(index.indisprimary) AS primary, bool_and(first_column.attname IS NOT DISTINCT FROM 'tenant_id') AS led
     FROM pg_index AS index
     LEFT JOIN pg_attribute AS first_column ON first_column.attrelid = index.indrelid AND first_column.attnum = index.indkey[0]
     WHERE index.indrelid = '${table}'::regclass AND index.indisunique`,
    [{ primary: true, led: true }],
  ),
  finds(
    `nobody but its owner and the application has rights on ${table}, and the application those on rows alone`,
    table,
    `SELECT grantee::regrole::text AS who, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS rights
     FROM (
       SELECT relowner, relacl AS acl FROM pg_class WHERE oid = '${table}'::regclass
       UNION ALL
       SELECT relowner, attacl FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid WHERE attrelid = '${table}'::regclass
     ) AS given, aclexplode(acl) WHERE grantee <> relowner GROUP BY grantee`,
    [
      {
        who: "servo_app",
        rights: `DELETE INSERT SELECT${UNCHANGING_TABLES.includes(table) ? "" : " UPDATE"}`,
      },
    ],
  ),
  finds(
    `the statistics of ${table} are not for the application`,
    table,
    `SELECT attname FROM pg_stats WHERE tablename = '${table}'`,
    [],
  ),
]);

/**
 * The one reference up to a global row that cascades, into the tenants: what a tenant's edge has been must not keep the
 * system from deleting a global asset that nobody uses any more, and so betray the tenant.
 */
const CASCADES_INTO_TENANTS = "asset_dependency_history_upstream_fkey";

/** The form of references. */
export const REFERENCE_FORM: readonly Check[] = TABLES.flatMap((table) => [
  finds(
    `every reference of ${table} leads with a tenant, to a key that does, and deletes at most in its own tenant or what is past`,
    table,
    `SELECT conname AS reference FROM pg_constraint
     JOIN pg_attribute AS first_column ON first_column.attrelid = conrelid AND first_column.attnum = conkey[1]
     JOIN pg_attribute AS target ON target.attrelid = confrelid AND target.attnum = confkey[1]
     WHERE conrelid = '${table}'::regclass AND contype = 'f' AND NOT (
       target.attname = 'tenant_id' AND confupdtype = 'a' AND
       (first_column.attname = 'tenant_id' AND confdeltype IN ('a', 'c')
         OR first_column.attname LIKE '%\\_tenant\\_id'
           AND confdeltype = CASE conname WHEN '${CASCADES_INTO_TENANTS}' THEN 'c' ELSE 'a' END))`,
    [],
  ),
  finds(
    `every column of ${table} that refers to a row or names a tenant is required and is part of a foreign key`,
    table,
    `SELECT attname AS column FROM pg_attribute
     WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped
       AND (attname = 'tenant_id' OR attname LIKE '%\\_tenant\\_id' OR attname LIKE '%\\_id')
       AND NOT (attnotnull AND (attname = 'tenant_id' OR EXISTS (
         SELECT FROM pg_constraint WHERE conrelid = attrelid AND contype = 'f' AND attnum = ANY (conkey))))`,
    [],
  ),
]);

/** The form of references that may lead up to a global row. */
export const UPWARD_FORM: readonly Check[] = TABLES.map((table) =>
  finds(
    `every column of ${table} that says whose row is meant says its own tenant or the global one`,
    table,
    `SELECT attname AS column FROM pg_attribute
     WHERE attrelid = '${table}'::regclass AND attname LIKE '%\\_tenant\\_id' AND NOT EXISTS (
       SELECT FROM pg_constraint WHERE conrelid = attrelid AND convalidated AND pg_get_constraintdef(oid) =
         format('CHECK (((%1$s = tenant_id) OR (%1$s = ''~global''::text)))', attname))`,
    [],
  ),
);

const NAME = "relnamespace::regnamespace || '.' || relname";
const JOURNAL = ["drizzle.__drizzle_migrations", "drizzle.__drizzle_migrations_id_seq"];
/** Whether a schema is not one of PostgreSQL's own. */
const ours = (schema: string) => `${schema}::regnamespace::text !~ '^(pg_|information_schema$)'`;
/** What PostgreSQL brings along has smaller numbers. */
const FIRST_OF_OURS = 16_384;

/** What must hold of the application's roles and of the rest of the database. */
export const DATABASE_FORM: readonly Check[] = [
  finds(
    "the application's roles may do nothing out of the ordinary",
    null,
    `SELECT rolname FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')
     AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)`,
    [],
  ),
  finds(
    "the application's login is a member of the group role, and of no other",
    null,
    `SELECT rolname FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER') AND rolname <> current_user`,
    [{ rolname: "servo_app" }],
  ),
  finds(
    "the application's roles own nothing here",
    null,
    `SELECT classid::regclass::text AS kind FROM pg_shdepend
     WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass AND pg_has_role(current_user, refobjid, 'MEMBER')
       AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [],
  ),
  finds(
    "nobody but its owner may make anything in a schema, and nobody is promised rights on what will be made",
    null,
    `SELECT nspname AS name, privilege_type AS right
     FROM pg_namespace, aclexplode(nspacl) WHERE privilege_type = 'CREATE' AND grantee <> nspowner
     UNION ALL SELECT defaclnamespace::text, defaclobjtype::text FROM pg_default_acl`,
    [],
  ),
  finds(
    "there are the tables of the store and the journal of migrations, and no other tables, views, materialised views or sequences",
    null,
    `SELECT ${NAME} AS name FROM pg_class WHERE ${ours("relnamespace")} AND relkind NOT IN ('i', 'c')
     AND ${NAME} <> ALL ('{${[...TABLES.map((table) => `public.${table}`), ...JOURNAL].join(",")}}')`,
    [],
  ),
  finds(
    "the application may read the journal of migrations, and nobody has any other right on it",
    null,
    `SELECT ${NAME} AS name, grantee::regrole::text AS who, privilege_type AS right
     FROM pg_class, aclexplode(relacl) WHERE ${NAME} = ANY ('{${JOURNAL.join(",")}}') AND grantee <> relowner`,
    [{ name: JOURNAL[0], who: "servo_app", right: "SELECT" }],
  ),
  finds(
    "there are no functions, triggers, rules, types or publications of our own, which might go round the policies",
    null,
    `SELECT proname AS name FROM pg_proc WHERE ${ours("pronamespace")} OR prosecdef
     UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT rulename FROM pg_rewrite WHERE oid >= ${FIRST_OF_OURS} AND rulename <> '_RETURN'
     UNION ALL SELECT typname FROM pg_type WHERE ${ours("typnamespace")} AND typtype IN ('e', 'd')
     UNION ALL SELECT pubname FROM pg_publication`,
    [],
  ),
];

/** Asks the catalogue, as nobody: the application may read it, and anybody may check it. */
function finds(name: string, table: Table | null, text: string, expected: readonly object[]): Check {
  return {
    name,
    table,
    async violations(stage) {
      const [, , nobody] = STRANGERS;
      if (nobody === undefined) throw new Error("nobody is missing");
      const outcome = await stage.attempt(nobody, { text, values: [] });
      const found = outcome.refused ? describe(outcome) : JSON.stringify(outcome.rows);
      return found === JSON.stringify(expected) ? [] : [`${name}: found ${found}`];
    },
  };
}

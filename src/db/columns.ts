import { sql } from "drizzle-orm";
import { check, customType, type PgColumn, pgPolicy, pgRole, text, uuid } from "drizzle-orm/pg-core";
import { readMoment } from "./read-moment.ts";
import { GLOBAL_TENANT, MAX_ACTOR_LENGTH, TENANT_ID_PATTERN } from "./tenant.ts";

/** The group role that owns nothing and that every policy and grant is made for; login roles are its members. */
export const APPLICATION_ROLE = "servo_app";

const applicationRole = pgRole(APPLICATION_ROLE).existing();

/** `timestamptz(3)`: milliseconds, so that a client can send back exactly what it read. */
export const moment = customType<{ data: Date; driverData: string }>({
  dataType: () => "timestamp (3) with time zone",
  toDriver: (value) => value.toISOString(),
  fromDriver: readMoment,
});

/** The first two columns of every table, which lead its primary key. */
export const identity = { tenantId: text("tenant_id").notNull(), id: uuid("id").notNull() };

/** Which principal made a row and which changed it last. */
export const authorship = {
  createdBy: text("created_by").notNull(),
  updatedBy: text("updated_by").notNull(),
};

/** When a row was made and changed last; `updated_at` strictly increases (see `nextUpdatedAt`). */
export const timestamps = {
  createdAt: moment("created_at").notNull().default(sql`now()`),
  updatedAt: moment("updated_at").notNull().default(sql`now()`),
};

/** The value of `updated_at` at a change: now, but always later than what a client may have read before. */
export const nextUpdatedAt = (updatedAt: PgColumn) =>
  sql<Date>`greatest(clock_timestamp(), ${updatedAt} + interval '1 millisecond')`;

/** Now, in the precision of a `moment`: cut off, because rounded it might lie in the future. Later in each statement. */
export const currentMoment = sql<Date>`date_trunc('milliseconds', clock_timestamp())`;

/** The same, once for the whole statement: when it began, before it waited for anything. */
export const statementMoment = sql<Date>`date_trunc('milliseconds', statement_timestamp())`;

/** `jsonb` of a known shape. */
export const json = <T>(name: string) =>
  customType<{ data: T; driverData: string | null }>({
    dataType: () => "jsonb",
    // As the value of a placeholder also null comes here.
    toDriver: (value) => (value == null ? null : JSON.stringify(value)),
  })(name);

const currentTenant = sql.raw("nullif(current_setting('app.current_tenant', true), '')");
const own = sql`tenant_id = ${currentTenant}`;
// The form that plans best: `= ANY (ARRAY[…])` becomes an index condition, `IS NULL OR …` a filter on every row.
const ownOrGlobal = sql`tenant_id = ANY (ARRAY[${sql.raw(`'${GLOBAL_TENANT}'`)}, ${currentTenant}])`;

/**
 * The four policies of a table: reading reaches own and global rows, writing own ones alone. They hold no subquery,
 * which would run once a row and which sharding engines refuse.
 */
export const tenantPolicies = (table: string) => [
  pgPolicy(`${table}_select`, { for: "select", to: applicationRole, using: ownOrGlobal }),
  pgPolicy(`${table}_insert`, { for: "insert", to: applicationRole, withCheck: own }),
  pgPolicy(`${table}_update`, { for: "update", to: applicationRole, using: own, withCheck: own }),
  pgPolicy(`${table}_delete`, { for: "delete", to: applicationRole, using: own }),
];

/** The form of `tenant_id`: a tenant's, or the reserved one of global rows. */
export const tenantIdCheck = (table: string) =>
  check(
    `${table}_tenant_id_form`,
    sql`tenant_id = ${sql.raw(`'${GLOBAL_TENANT}'`)} OR tenant_id COLLATE "C" ~ ${sql.raw(`'${TENANT_ID_PATTERN.source}'`)}`,
  );

/** A reference may stay in its tenant or go up to a global row; nowhere else. */
export const ownOrGlobalCheck = (name: string, reference: PgColumn) =>
  check(name, sql`${sql.identifier(reference.name)} IN (tenant_id, ${sql.raw(`'${GLOBAL_TENANT}'`)})`);

/** A text column's length in characters; with a minimum of 1 it is also not blank. */
export const lengthCheck = (name: string, column: string, minimum: number, maximum: number) =>
  check(
    name,
    sql.raw(
      `char_length(${column}) BETWEEN ${minimum} AND ${maximum}${minimum > 0 ? ` AND ${column} ~ '[^[:space:]]'` : ""}`,
    ),
  );

/** The checks that every table with {@link timestamps} and {@link authorship} has. */
export const recordChecks = (table: string) => [
  tenantIdCheck(table),
  check(`${table}_updated_at_after_created_at`, sql`updated_at >= created_at`),
  lengthCheck(`${table}_created_by_length`, "created_by", 1, MAX_ACTOR_LENGTH),
  lengthCheck(`${table}_updated_by_length`, "updated_by", 1, MAX_ACTOR_LENGTH),
];

/** The same columns as a subquery gives them, by the names that they have in it. */
export function columnsOf<Columns extends object>(subquery: object, columns: Columns): Columns {
  return Object.fromEntries(
    Object.keys(columns).map((name) => [name, subquery[name as keyof typeof subquery]]),
  ) as Columns;
}

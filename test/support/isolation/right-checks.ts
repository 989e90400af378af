import { TABLES, type Table } from "../owner.ts";
import { type Check, describe, outcomeCheck } from "./check.ts";
import { insertOf, newRow } from "./rows.ts";
import { actorOf, summary } from "./stage.ts";

const NOT_ALLOWED = "42501";

/** What would undo the policies, or go round them. */
export const OWNERS_ACTS = TABLES.flatMap((table) =>
  (
    [
      ["empty", `TRUNCATE ${table} CASCADE`],
      ["drop", `DROP TABLE ${table} CASCADE`],
      ["change the owner of", `ALTER TABLE ${table} OWNER TO CURRENT_USER`],
      ["lift the policies of", `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`],
      ["excuse its owner from the policies of", `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`],
      ["drop a policy of", `DROP POLICY ${table}_select ON ${table}`],
      ["change a policy of", `ALTER POLICY ${table}_select ON ${table} USING (true)`],
      ["add a policy to", `CREATE POLICY mine ON ${table} USING (true)`],
      ["add a column to", `ALTER TABLE ${table} ADD COLUMN mine text`],
      [
        "add a trigger to",
        `CREATE TRIGGER mine BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      ],
      [
        "act as the owner of",
        `SELECT set_config('role', tableowner, true) FROM pg_tables WHERE tablename = '${table}'`,
      ],
    ] as const
  ).map(([what, text]) => ({ table, what: `${what} ${table}`, statement: { text, values: [] } })),
);

/** That is not for the application. */
export const RIGHTS: readonly Check[] = [
  ...OWNERS_ACTS.map(({ table, what, statement }) =>
    outcomeCheck(`the application cannot ${what}`, table, actorOf("tenant-a"), statement, NOT_ALLOWED),
  ),
  ...TABLES.map((table) =>
    outcomeCheck(
      `the application cannot ask to be excused from the policies of ${table}`,
      table,
      actorOf("tenant-a"),
      { text: `SET LOCAL row_security = off; SELECT FROM ${table}`, values: [] },
      NOT_ALLOWED,
    ),
  ),
];

/** Forced policies bind the owner of the tables too: without a tenant it sees no tenant's rows and writes none. */
export const OWNERSHIP: readonly Check[] = TABLES.flatMap((table) => [
  ownerCheck(
    `the owner of ${table} sees no tenant's rows`,
    table,
    { text: `SELECT FROM ${table} WHERE tenant_id <> '~global'`, values: [] },
    "0 rows",
  ),
  ownerCheck(
    `the owner of ${table} adds no tenant's row`,
    table,
    insertOf(table, newRow(table, "tenant-a")),
    NOT_ALLOWED,
  ),
]);

function ownerCheck(
  name: string,
  table: Table,
  statement: Parameters<typeof outcomeCheck>[3],
  expected: string,
): Check {
  return {
    name,
    table,
    async violations(stage) {
      const outcome = await stage.attemptAsOwner("", statement);
      return summary(outcome) === expected ? [] : [`${name}: ${describe(outcome)}`];
    },
  };
}

import { TABLES, type Table, UNCHANGING_TABLES } from "../owner.ts";
import { type Break, OWN } from "./policy-breaks.ts";
import { FOREIGN_KEYS } from "./reference-breaks.ts";

/** Other columns by which the rows on the stage are unique. */
const SECOND_KEYS: Readonly<Record<Table, string>> = {
  assets: "name",
  asset_tags: "asset_id",
  workflows: "name",
  workflow_assets: "workflow_id, position",
  executions: "id",
  asset_dependencies: "id",
  asset_dependency_history: "id",
};

/** What opens a way round the policies that shows in the catalogue alone. */
export const FORM_BREAKS: readonly Break[] = [
  ...FOREIGN_KEYS.map(({ table, name, columns, to, cascades }): Break => {
    const replace = (action: string) =>
      `ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name}
       FOREIGN KEY (${columns}) REFERENCES ${to} (tenant_id, id) ${action}`;
    return {
      name: `${table}: ${name} follows a row that changes its tenant`,
      table,
      breaks: replace("ON UPDATE CASCADE"),
      mends: replace(cascades ? "ON DELETE CASCADE" : ""),
    };
  }),
  ...UNCHANGING_TABLES.map(
    (table): Break => ({
      name: `${table}: the application may change it`,
      table,
      breaks: `GRANT UPDATE ON ${table} TO servo_app`,
      mends: `REVOKE UPDATE ON ${table} FROM servo_app`,
    }),
  ),
  ...TABLES.filter((table) => !FOREIGN_KEYS.some((key) => key.table === table)).map(
    (table): Break => ({
      name: `${table}: a reference that follows a row that changes its tenant`,
      table,
      breaks: `ALTER TABLE ${table} ADD CONSTRAINT stray
               FOREIGN KEY (tenant_id, id) REFERENCES ${table} (tenant_id, id) ON UPDATE CASCADE`,
      mends: `ALTER TABLE ${table} DROP CONSTRAINT stray`,
    }),
  ),
  ...TABLES.flatMap((table): Break[] => [
    {
      name: `${table}: a column that may name any tenant`,
      table,
      breaks: `ALTER TABLE ${table} ADD COLUMN stray_tenant_id text`,
      mends: `ALTER TABLE ${table} DROP COLUMN stray_tenant_id`,
    },
    {
      name: `${table}: everybody may read a column`,
      table,
      breaks: `GRANT SELECT (tenant_id) ON ${table} TO PUBLIC`,
      mends: `REVOKE SELECT (tenant_id) ON ${table} FROM PUBLIC`,
    },
    {
      name: `${table}: a key that does not lead with the tenant`,
      table,
      breaks: `CREATE UNIQUE INDEX stray ON ${table} (${SECOND_KEYS[table]})`,
      mends: "DROP INDEX stray",
    },
    {
      name: `${table}: everybody may read it`,
      table,
      breaks: `GRANT SELECT ON ${table} TO PUBLIC`,
      mends: `REVOKE SELECT ON ${table} FROM PUBLIC`,
    },
    {
      name: `${table}: a policy asks another table`,
      table,
      breaks: `ALTER POLICY ${table}_delete ON ${table} USING (${OWN} AND EXISTS (SELECT FROM assets AS a WHERE a.tenant_id = ${table}.tenant_id))`,
      mends: `ALTER POLICY ${table}_delete ON ${table} USING (${OWN})`,
    },
  ]),
  ...(
    [
      ["a view", "VIEW", "CREATE VIEW stray AS SELECT * FROM assets"],
      ["a materialised view", "MATERIALIZED VIEW", "CREATE MATERIALIZED VIEW stray AS SELECT * FROM assets"],
      ["a table without policies", "TABLE", "CREATE TABLE stray (tenant_id text)"],
      ["a sequence", "SEQUENCE", "CREATE SEQUENCE stray"],
      ["an enum", "TYPE", "CREATE TYPE stray AS ENUM ('a')"],
      ["a view elsewhere", "SCHEMA", "CREATE SCHEMA stray CREATE VIEW assets AS SELECT * FROM public.assets"],
      [
        "a function",
        "FUNCTION",
        "CREATE FUNCTION stray() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1",
      ],
      [
        "a function elsewhere",
        "SCHEMA",
        "CREATE SCHEMA stray; CREATE FUNCTION stray.of() RETURNS int LANGUAGE sql RETURN 1",
      ],
      ["a publication", "PUBLICATION", "CREATE PUBLICATION stray FOR TABLE assets"],
    ] as const
  ).map(
    ([what, kind, breaks]): Break => ({
      name: `the database: ${what}`,
      table: null,
      breaks,
      mends: `DROP ${kind} stray${kind === "SCHEMA" ? " CASCADE" : ""}`,
    }),
  ),
  ...(
    [
      [
        "a trigger",
        "CREATE TRIGGER stray BEFORE UPDATE ON assets FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "DROP TRIGGER stray ON assets",
      ],
      ["a rule", "CREATE RULE stray AS ON DELETE TO assets DO ALSO SELECT 1", "DROP RULE stray ON assets"],
      [
        "the application may make tables",
        "GRANT CREATE ON SCHEMA public TO servo_app",
        "REVOKE CREATE ON SCHEMA public FROM servo_app",
      ],
      [
        "the application may read whatever will be made",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO servo_app",
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM servo_app",
      ],
      [
        "the application may write the journal of migrations",
        "GRANT INSERT ON drizzle.__drizzle_migrations TO servo_app",
        "REVOKE INSERT ON drizzle.__drizzle_migrations FROM servo_app",
      ],
    ] as const
  ).map(([what, breaks, mends]): Break => ({ name: `the database: ${what}`, table: null, breaks, mends })),
  {
    name: "the database: the application owns something",
    table: null,
    breaks: "SELECT lo_create(16384)",
    mends: "SELECT lo_unlink(16384)",
    by: "application",
  },
];

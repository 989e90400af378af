import { TABLES, type Table } from "../owner.ts";

/** A way to weaken the database, and the way back. */
export interface Break {
  readonly name: string;
  readonly table: Table | null;
  readonly breaks: string;
  readonly mends: string;
}

const CURRENT = "nullif(current_setting('app.current_tenant', true), '')";
const OWN = `tenant_id = ${CURRENT}`;
const OWN_OR_GLOBAL = `tenant_id = ANY (ARRAY['~global', ${CURRENT}])`;
/** What is often written: without a tenant, everything shows. */
const ALL_UNLESS_BOUND = `tenant_id = coalesce(${CURRENT}, tenant_id)`;
/** What is often written, too: a comparison that is not exact. */
const SIMILAR = `tenant_id LIKE ${CURRENT} || '%'`;

/** Each policy, widened in every way that has been thought of or seen. */
export const POLICY_BREAKS: readonly Break[] = TABLES.flatMap((table) => {
  const policy = (verb: "select" | "insert" | "update" | "delete", what: string, broken: string): Break => {
    const sound = {
      select: `USING (${OWN_OR_GLOBAL})`,
      insert: `WITH CHECK (${OWN})`,
      update: `USING (${OWN}) WITH CHECK (${OWN})`,
      delete: `USING (${OWN})`,
    };
    const alter = (form: string) => `ALTER POLICY ${table}_${verb} ON ${table} ${form}`;
    return { name: `${table}: ${verb} ${what}`, table, breaks: alter(broken), mends: alter(sound[verb]) };
  };
  return [
    policy("select", "reaches everything", "USING (true)"),
    policy(
      "select",
      "reaches everything without a tenant",
      `USING (${ALL_UNLESS_BOUND} OR tenant_id = '~global')`,
    ),
    policy("select", "reaches tenants of a similar name", `USING (${SIMILAR} OR tenant_id = '~global')`),
    policy("select", "does not reach global rows", `USING (${OWN})`),
    policy("select", "reaches nothing of one's own", "USING (tenant_id = '~global')"),
    policy("insert", "reaches everything", "WITH CHECK (true)"),
    policy("insert", "reaches global rows", `WITH CHECK (${OWN_OR_GLOBAL})`),
    policy("insert", "reaches everything without a tenant", `WITH CHECK (${ALL_UNLESS_BOUND})`),
    policy("insert", "reaches nothing", "WITH CHECK (false)"),
    policy("update", "reaches everything and leaves it anywhere", "USING (true) WITH CHECK (true)"),
    policy("update", "takes from everywhere", `USING (true) WITH CHECK (${OWN})`),
    policy("update", "gives to everyone", `USING (${OWN}) WITH CHECK (true)`),
    policy("update", "publishes", `USING (${OWN}) WITH CHECK (${OWN_OR_GLOBAL})`),
    policy("update", "takes global rows over", `USING (${OWN_OR_GLOBAL}) WITH CHECK (${OWN})`),
    policy(
      "update",
      "reaches everything without a tenant",
      `USING (${ALL_UNLESS_BOUND}) WITH CHECK (${ALL_UNLESS_BOUND})`,
    ),
    policy("delete", "reaches everything", "USING (true)"),
    policy("delete", "reaches global rows", `USING (${OWN_OR_GLOBAL})`),
    policy("delete", "reaches everything without a tenant", `USING (${ALL_UNLESS_BOUND})`),
    {
      name: `${table}: the policies are switched off`,
      table,
      breaks: `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
      mends: `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    },
    {
      name: `${table}: the policies do not bind its owner`,
      table,
      breaks: `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`,
      mends: `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    },
    {
      name: `${table}: another policy allows what the four do not`,
      table,
      breaks: `CREATE POLICY another ON ${table} TO servo_app USING (tenant_id IS NOT NULL)`,
      mends: `DROP POLICY another ON ${table}`,
    },
    {
      name: `${table}: one policy for every verb reaches own and global rows`,
      table,
      breaks: `CREATE POLICY another ON ${table} USING (${OWN_OR_GLOBAL})`,
      mends: `DROP POLICY another ON ${table}`,
    },
    {
      name: `${table}: a policy is missing`,
      table,
      breaks: `DROP POLICY ${table}_select ON ${table}`,
      mends: `CREATE POLICY ${table}_select ON ${table} FOR SELECT TO servo_app USING (${OWN_OR_GLOBAL})`,
    },
    {
      name: `${table}: the application may empty it`,
      table,
      // Of all tables, because what hangs on a table is emptied with it.
      breaks: `GRANT TRUNCATE ON ${TABLES.join(", ")} TO servo_app`,
      mends: `REVOKE TRUNCATE ON ${TABLES.join(", ")} FROM servo_app`,
    },
  ];
});

interface ForeignKey {
  readonly table: Table;
  readonly name: string;
  readonly columns: string;
  readonly to: Table;
  readonly cascades: boolean;
}

const FOREIGN_KEYS: readonly ForeignKey[] = [
  {
    table: "asset_tags",
    name: "asset_tags_asset_fkey",
    columns: "tenant_id, asset_id",
    to: "assets",
    cascades: true,
  },
  {
    table: "workflow_assets",
    name: "workflow_assets_workflow_fkey",
    columns: "tenant_id, workflow_id",
    to: "workflows",
    cascades: true,
  },
  {
    table: "workflow_assets",
    name: "workflow_assets_asset_fkey",
    columns: "asset_tenant_id, asset_id",
    to: "assets",
    cascades: false,
  },
  {
    table: "executions",
    name: "executions_workflow_fkey",
    columns: "workflow_tenant_id, workflow_id",
    to: "workflows",
    cascades: false,
  },
  {
    table: "asset_dependencies",
    name: "asset_dependencies_upstream_fkey",
    columns: "upstream_tenant_id, upstream_asset_id",
    to: "assets",
    cascades: false,
  },
  {
    table: "asset_dependencies",
    name: "asset_dependencies_downstream_fkey",
    columns: "tenant_id, downstream_asset_id",
    to: "assets",
    cascades: false,
  },
];

const OWN_OR_GLOBAL_CHECKS = [
  ["workflow_assets", "workflow_assets_asset_tenant", "asset_tenant_id"],
  ["executions", "executions_workflow_tenant", "workflow_tenant_id"],
  ["asset_dependencies", "asset_dependencies_upstream_tenant", "upstream_tenant_id"],
] as const;

/** Each key and CHECK that holds references in their tenant, dropped or loosened. */
export const REFERENCE_BREAKS: readonly Break[] = [
  ...FOREIGN_KEYS.flatMap(({ table, name, columns, to, cascades }): Break[] => {
    const drop = `ALTER TABLE ${table} DROP CONSTRAINT ${name}`;
    const add = (action: string) =>
      `ALTER TABLE ${table} ADD CONSTRAINT ${name} FOREIGN KEY (${columns}) REFERENCES ${to} (tenant_id, id) ${action}`;
    const sound = add(cascades ? "ON DELETE CASCADE" : "");
    return [
      { name: `${table}: without ${name}`, table, breaks: drop, mends: sound },
      ...(columns.startsWith("tenant_id")
        ? []
        : [
            {
              name: `${table}: ${name} cascades into tenants`,
              table,
              breaks: `${drop}; ${add("ON DELETE CASCADE")}`,
              mends: `${drop}; ${sound}`,
            },
          ]),
    ];
  }),
  ...OWN_OR_GLOBAL_CHECKS.map(
    ([table, name, column]): Break => ({
      name: `${table}: without ${name}`,
      table,
      breaks: `ALTER TABLE ${table} DROP CONSTRAINT ${name}`,
      mends: `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IN (tenant_id, '~global'))`,
    }),
  ),
  // `workflow_assets` has its column in its primary key, which requires it.
  ...[...OWN_OR_GLOBAL_CHECKS].slice(1).map(
    ([table, , column]): Break => ({
      name: `${table}: ${column} may be missing`,
      table,
      breaks: `ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL`,
      mends: `ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL`,
    }),
  ),
];

/** Other columns by which the rows on the stage are unique. */
const SECOND_KEYS: Readonly<Record<Table, string>> = {
  assets: "name",
  asset_tags: "asset_id",
  workflows: "name",
  workflow_assets: "workflow_id, position",
  executions: "id",
  asset_dependencies: "id",
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
  ...TABLES.flatMap((table): Break[] => [
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
      ["a table without policies", "TABLE", "CREATE TABLE stray (tenant_id text)"],
      ["a sequence", "SEQUENCE", "CREATE SEQUENCE stray"],
      ["an enum", "TYPE", "CREATE TYPE stray AS ENUM ('a')"],
      [
        "a function",
        "FUNCTION",
        "CREATE FUNCTION stray() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1",
      ],
    ] as const
  ).map(
    ([what, kind, breaks]): Break => ({
      name: `the database: ${what}`,
      table: null,
      breaks,
      mends: `DROP ${kind} stray`,
    }),
  ),
  {
    name: "the database: a trigger",
    table: null,
    breaks:
      "CREATE TRIGGER stray BEFORE UPDATE ON assets FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    mends: "DROP TRIGGER stray ON assets",
  },
];

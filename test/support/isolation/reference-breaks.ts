import type { Table } from "../owner.ts";
import type { Break } from "./policy-breaks.ts";

interface ForeignKey {
  readonly table: Table;
  readonly name: string;
  readonly columns: string;
  readonly to: Table;
  readonly cascades: boolean;
}

export const FOREIGN_KEYS: readonly ForeignKey[] = [
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
  {
    table: "asset_dependency_history",
    name: "asset_dependency_history_upstream_fkey",
    columns: "upstream_tenant_id, upstream_asset_id",
    to: "assets",
    cascades: true,
  },
  {
    table: "asset_dependency_history",
    name: "asset_dependency_history_downstream_fkey",
    columns: "tenant_id, downstream_asset_id",
    to: "assets",
    cascades: true,
  },
];

const OWN_OR_GLOBAL_CHECKS = [
  ["workflow_assets", "workflow_assets_asset_tenant", "asset_tenant_id"],
  ["executions", "executions_workflow_tenant", "workflow_tenant_id"],
  ["asset_dependencies", "asset_dependencies_upstream_tenant", "upstream_tenant_id"],
  ["asset_dependency_history", "asset_dependency_history_upstream_tenant", "upstream_tenant_id"],
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
              name: `${table}: ${name} ${cascades ? "tells of" : "cascades into"} tenants`,
              table,
              breaks: `${drop}; ${add(cascades ? "" : "ON DELETE CASCADE")}`,
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

import { inArea, type Mutant } from "./mutant.ts";

const STORE = "drizzle/0000_store.sql";
const GUARDS = "drizzle/0001_guards.sql";
const HISTORY = "drizzle/0002_edge_history.sql";
const POLICIES = "test/isolation/policies.test.ts";
const CATALOGUE = "test/isolation/catalogue.test.ts";

const BREAKPOINT = "--> statement-breakpoint\n";

/** The beginning of a policy, up to the bracket of its first condition. */
const policy = (table: string, verb: "select" | "insert" | "update" | "delete") =>
  `CREATE POLICY "${table}_${verb}" ON "${table}" AS PERMISSIVE FOR ${verb.toUpperCase()} TO "servo_app" ${verb === "insert" ? "WITH CHECK" : "USING"} (`;

/** Opens a policy to one thing more. */
const widened = (table: string, verb: Parameters<typeof policy>[1], to: string) => ({
  from: policy(table, verb),
  to: `${policy(table, verb)}${to} OR `,
});

export const POLICY_MUTANTS: readonly Mutant[] = inArea("policies", [
  {
    name: "select-reaches-everything",
    file: STORE,
    ...widened("assets", "select", "true"),
    killer: { file: POLICIES, test: "tenant A cannot find tenant B's rows of assets by their key" },
  },
  {
    name: "select-reaches-everything-for-nobody",
    file: STORE,
    ...widened("workflow_assets", "select", "coalesce(current_setting('app.current_tenant', true), '') = ''"),
    killer: { file: POLICIES, test: "nobody cannot find tenant A's rows of workflow_assets by their key" },
  },
  {
    name: "select-reaches-names-that-begin-alike",
    file: STORE,
    ...widened("executions", "select", "tenant_id LIKE current_setting('app.current_tenant', true) || '_%'"),
    killer: {
      file: POLICIES,
      test: "a tenant whose name begins another's cannot find tenant A's rows of executions by their key",
    },
  },
  {
    name: "select-reaches-the-past-of-others",
    file: HISTORY,
    ...widened("asset_dependency_history", "select", "true"),
    killer: {
      file: POLICIES,
      test: "tenant A cannot find tenant B's rows of asset_dependency_history by their key",
    },
  },
  {
    name: "insert-for-others",
    file: STORE,
    ...widened("executions", "insert", "true"),
    killer: { file: POLICIES, test: "tenant A cannot insert a tenant B's row into executions" },
  },
  {
    name: "insert-global-rows",
    file: STORE,
    ...widened("asset_dependencies", "insert", "tenant_id = '~global'"),
    killer: { file: POLICIES, test: "tenant A cannot insert a global row into asset_dependencies" },
  },
  {
    name: "update-reaches-others",
    file: STORE,
    ...widened("workflows", "update", "true"),
    killer: { file: POLICIES, test: "tenant A changes its own rows of workflows alone, where it names none" },
  },
  {
    name: "update-without-a-check",
    file: STORE,
    from: `CREATE POLICY "asset_tags_update" ON "asset_tags" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (`,
    to: `CREATE POLICY "asset_tags_update" ON "asset_tags" AS PERMISSIVE FOR UPDATE TO "servo_app" USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')) WITH CHECK (true OR `,
    killer: { file: POLICIES, test: "tenant A cannot turn tenant A's rows of asset_tags into global rows" },
  },
  {
    name: "delete-reaches-global-rows",
    file: STORE,
    ...widened("assets", "delete", "tenant_id = '~global'"),
    killer: { file: POLICIES, test: "tenant A cannot delete global rows of assets" },
  },
  {
    name: "policy-for-everybody",
    file: STORE,
    from: '"asset_dependencies" AS PERMISSIVE FOR DELETE TO "servo_app"',
    to: '"asset_dependencies" AS PERMISSIVE FOR DELETE TO PUBLIC',
    killer: {
      file: CATALOGUE,
      test: "asset_dependencies has one policy for each verb, for the application alone",
    },
  },
  {
    name: "one-table-forgotten",
    file: STORE,
    from: `ALTER TABLE "asset_tags" ENABLE ROW LEVEL SECURITY;${BREAKPOINT}`,
    to: "",
    killer: { file: POLICIES, test: "tenant A cannot find tenant B's rows of asset_tags by their key" },
  },
  {
    name: "owner-not-forced",
    file: GUARDS,
    from: `ALTER TABLE "executions" FORCE ROW LEVEL SECURITY;${BREAKPOINT}`,
    to: "",
    killer: { file: CATALOGUE, test: "the owner of executions sees no tenant's rows" },
  },
  {
    name: "owner-of-the-past-not-forced",
    file: HISTORY,
    from: `ALTER TABLE "asset_dependency_history" FORCE ROW LEVEL SECURITY;${BREAKPOINT}`,
    to: "",
    killer: { file: CATALOGUE, test: "the owner of asset_dependency_history sees no tenant's rows" },
  },
  {
    name: "past-may-be-changed",
    file: HISTORY,
    from: 'GRANT SELECT, INSERT, DELETE ON "asset_dependency_history"',
    to: 'GRANT SELECT, INSERT, UPDATE, DELETE ON "asset_dependency_history"',
    killer: {
      file: POLICIES,
      test: "tenant A cannot change tenant A's rows of asset_dependency_history",
    },
  },
  {
    name: "all-rights-granted",
    file: GUARDS,
    from: 'GRANT SELECT, INSERT, UPDATE, DELETE ON "assets"',
    to: 'GRANT ALL ON "assets"',
    killer: { file: CATALOGUE, test: "the application cannot empty asset_tags" },
  },
]);

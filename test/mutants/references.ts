import { inArea, type Mutant } from "./mutant.ts";

const STORE = "drizzle/0000_store.sql";
const HISTORY = "drizzle/0002_edge_history.sql";
const REFERENCES = "test/isolation/references.test.ts";

const WORKFLOW_KEY =
  'ADD CONSTRAINT "executions_workflow_fkey" FOREIGN KEY ("workflow_tenant_id","workflow_id") REFERENCES "public"."workflows"("tenant_id","id") ON DELETE';

/** Keys and checks that the database tests itself, past the policies. */
export const REFERENCE_MUTANTS: readonly Mutant[] = inArea("references", [
  {
    name: "edge-from-another-tenant",
    file: STORE,
    from: `CONSTRAINT "asset_dependencies_upstream_tenant" CHECK ("upstream_tenant_id" IN (tenant_id, '~global'))`,
    to: 'CONSTRAINT "asset_dependencies_upstream_tenant" CHECK (true)',
    killer: {
      file: REFERENCES,
      test: "a row of tenant A's in asset_dependencies cannot refer to one of tenant B's rows as its asset as tenant B's",
    },
  },
  {
    name: "workflow-over-another-tenants-asset",
    file: STORE,
    from: `CHECK ("asset_tenant_id" IN (tenant_id, '~global'))`,
    to: `CHECK ("asset_tenant_id" IN (tenant_id, '~global') OR role = 'input')`,
    killer: {
      file: REFERENCES,
      test: "a row of tenant A's in workflow_assets cannot refer to one of tenant B's rows as its asset as tenant B's",
    },
  },
  {
    name: "run-of-no-workflow",
    file: STORE,
    from: `ALTER TABLE "executions" ${WORKFLOW_KEY}`,
    to: `-- ALTER TABLE "executions" ${WORKFLOW_KEY}`,
    killer: {
      file: REFERENCES,
      test: "a row of tenant A's in executions cannot refer to one of tenant B's rows as its workflow",
    },
  },
  {
    name: "cascade-into-tenants",
    file: STORE,
    from: `${WORKFLOW_KEY} no action`,
    to: `${WORKFLOW_KEY} cascade`,
    killer: {
      file: REFERENCES,
      test: "the system cannot delete a global row of workflows that tenants' rows of executions hang on",
    },
  },
  {
    name: "past-keeps-a-global-row",
    file: HISTORY,
    from: 'FOREIGN KEY ("upstream_tenant_id","upstream_asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE cascade',
    to: 'FOREIGN KEY ("upstream_tenant_id","upstream_asset_id") REFERENCES "public"."assets"("tenant_id","id") ON DELETE no action',
    killer: {
      file: REFERENCES,
      test: "the system can delete a global row of assets that tenants' rows of asset_dependency_history alone hang on",
    },
  },
  {
    name: "name-taken-for-all-tenants",
    file: STORE,
    from: 'CONSTRAINT "assets_tenant_id_name_key" UNIQUE("tenant_id","name")',
    to: 'CONSTRAINT "assets_tenant_id_name_key" UNIQUE("name")',
    killer: {
      file: "test/isolation/graphql.test.ts",
      test: "a name, a tag and a key that tenant B has are free for others, and tell nothing of B's",
    },
  },
  {
    name: "idempotency-key-taken-for-all-tenants",
    file: STORE,
    from: 'UNIQUE("tenant_id","workflow_tenant_id","workflow_id","idempotency_key")',
    to: 'UNIQUE("workflow_tenant_id","workflow_id","idempotency_key")',
    killer: {
      file: "test/isolation/catalogue.test.ts",
      test: "executions has a primary key, and every key of it leads with the tenant",
    },
  },
]);

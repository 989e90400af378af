import { inArea, type Mutant } from "./mutant.ts";

const TENANT = "src/db/tenant.ts";
const REPOSITORIES = "test/isolation/repositories.test.ts";
const NO_CONDITION = "const isReadable = () => undefined;";

/**
 * What the queries themselves say of tenants. Another tenant's rows are hidden by the policies whatever they say: a condition
 * that is left out shows where the isolation suite runs with the predicates alone.
 */
export const SCOPE_MUTANTS: readonly Mutant[] = inArea("scopes", [
  {
    name: "global-rows-not-readable",
    file: TENANT,
    from: "[GLOBAL_TENANT] : [ownTenant, GLOBAL_TENANT]",
    to: "[GLOBAL_TENANT] : [ownTenant]",
    killer: {
      file: REPOSITORIES,
      test: "hold its own and global rows, and no others",
    },
  },
  {
    name: "own-scope-with-global-rows",
    file: TENANT,
    from: 'if (scope === "own") return binding.ownTenant === null ? [] : [binding.ownTenant];',
    to: "",
    killer: { file: "test/modules/asset/asset.page.test.ts", test: "a filter's scope tells them apart" },
  },
  {
    name: "own-scope-of-nobody-is-global",
    file: TENANT,
    from: 'if (scope === "own") return binding.ownTenant === null ? [] : [binding.ownTenant];',
    to: 'if (scope === "own") return [binding.ownTenant ?? GLOBAL_TENANT];',
    killer: {
      file: "test/http/authentication.test.ts",
      test: "without a header only global rows are visible",
    },
  },
  {
    name: "asset-by-name-global-before-own",
    file: "src/modules/asset/asset.repository.ts",
    from: "tenantId !== null || !own.has(name)",
    to: "tenantId === null || !own.has(name)",
    killer: {
      file: "test/modules/asset/asset.repository.test.ts",
      test: "by name is exact, and the tenant's own comes before a global one",
    },
  },
  {
    name: "workflow-by-version-global-beside-own",
    file: "src/modules/workflow/workflow.repository.ts",
    from: "          ownBeforeGlobal(sql`workflows.name`),\n",
    to: "",
    killer: {
      file: "test/graphql/entities.test.ts",
      test: "of a name and a version is of the tenant's own workflow, whatever versions it has",
    },
  },
  {
    name: "edge-into-a-global-asset",
    file: "src/modules/dependency/dependency.assertions.ts",
    from: "if (tenants.get(assertion.downstreamAssetId) !== writableTenant)",
    to: "if (!tenants.has(assertion.downstreamAssetId))",
    killer: {
      file: "test/modules/dependency/dependency.repository.test.ts",
      test: "may lead from a global asset to the tenant's own, and not the other way",
    },
  },
  {
    name: "asset-of-any-tenant-by-id",
    file: "src/db/rows-by-ids.ts",
    from: 'isOneOf(table.tenantId, "text", sql.placeholder("tenants")), ',
    to: "",
    killer: { file: REPOSITORIES, test: "tenant A reads what tenant B has assets.findById" },
  },
  {
    name: "workflow-of-any-tenant-by-id",
    file: "src/db/rows-by-ids.ts",
    from: 'isOneOf(table.tenantId, "text", sql.placeholder("tenants")), ',
    to: "",
    killer: { file: REPOSITORIES, test: "tenant A reads what tenant B has workflows.findById" },
  },
  {
    name: "execution-of-any-tenant-by-id",
    file: "src/db/rows-by-ids.ts",
    from: 'isOneOf(table.tenantId, "text", sql.placeholder("tenants")), ',
    to: "",
    killer: { file: REPOSITORIES, test: "tenant A reads what tenant B has executions.findById" },
  },
  {
    name: "edge-of-any-tenant-by-id",
    file: "src/modules/dependency/dependency.repository.ts",
    from: 'const isReadable = () => isOneOf(assetDependencies.tenantId, "text", connection.readableTenants);',
    to: NO_CONDITION,
    killer: { file: REPOSITORIES, test: "tenant A reads what tenant B has dependencies.findById" },
  },
  {
    name: "edges-of-any-tenant-at-an-asset",
    file: "src/modules/dependency/dependency.pages.ts",
    from: 'const isReadable = () => isOneOf(assetDependencies.tenantId, "text", connection.readableTenants);',
    to: NO_CONDITION,
    killer: { file: REPOSITORIES, test: "tenant A reads what tenant B has dependencies.countsByAsset" },
  },
  {
    name: "lists-of-any-tenant",
    file: "src/db/page-statements.ts",
    from: "ofThatTenant(table.tenantId), ",
    to: "",
    killer: { file: REPOSITORIES, test: "hold its own and global rows, and no others" },
  },
  {
    name: "walk-from-any-tenants-asset",
    file: "src/modules/lineage/walk.sql.ts",
    from: 'WHERE ${isOneOf(sql`assets.tenant_id`, "text", walk.tenants)} AND assets.id = root.id',
    to: "WHERE assets.id = root.id",
    killer: { file: REPOSITORIES, test: "tenant A reads what tenant B has lineage.find" },
  },
  {
    name: "reference-to-any-tenants-asset",
    file: "src/modules/asset/asset.references.ts",
    from: "selectByIds(db, assets, { id: assets.id, tenantId: assets.tenantId })",
    to: `db.select({ id: assets.id, tenantId: assets.tenantId }).from(assets)
      .where(isOneOf(assets.id, "uuid", sql.placeholder("ids")))`,
    killer: { file: REPOSITORIES, test: "tenant A refers to what tenant B has dependencies.insert" },
  },
  {
    name: "workflow-of-any-tenant-removed",
    file: "src/modules/workflow/workflow.repository.ts",
    from: "and(eq(workflows.tenantId, tenantId), eq(workflows.id, workflowId))",
    to: "eq(workflows.id, workflowId)",
    killer: { file: REPOSITORIES, test: "tenant A changes what tenant B has workflows.remove" },
  },
  {
    name: "walk-along-any-tenants-edges",
    file: "src/modules/lineage/edges.sql.ts",
    from: 'isOneOf(sql`edge.tenant_id`, "text", tenants)',
    to: "sql`true`",
    killer: {
      file: "test/isolation/lineage.test.ts",
      test: "what A hangs on global assets changes nothing that B is told: nodes and completeness",
    },
  },
]);

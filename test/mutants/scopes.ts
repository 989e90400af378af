import { inArea, type Mutant } from "./mutant.ts";

const TENANT = "src/db/tenant.ts";

/** What the queries themselves say of tenants. Another tenant's rows are hidden by the policies whatever they say. */
export const SCOPE_MUTANTS: readonly Mutant[] = inArea("scopes", [
  {
    name: "global-rows-not-readable",
    file: TENANT,
    from: "[GLOBAL_TENANT] : [ownTenant, GLOBAL_TENANT]",
    to: "[GLOBAL_TENANT] : [ownTenant]",
    killer: {
      file: "test/isolation/repositories.test.ts",
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
    from: "found.find(({ tenantId }) => tenantId !== null)",
    to: "found.find(({ tenantId }) => tenantId === null)",
    killer: {
      file: "test/modules/asset/asset.repository.test.ts",
      test: "by name is exact, and the tenant's own comes before a global one",
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
]);

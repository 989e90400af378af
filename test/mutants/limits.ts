import { inArea, type Mutant } from "./mutant.ts";

const CROSS_ORIGIN = "src/http/cross-origin.ts";
const ENTITIES = "test/graphql/entities.test.ts";
const ORIGINS = "test/http/cross-origin.test.ts";

/** How much one may ask for, from where, and with which documents. */
export const LIMIT_MUTANTS: readonly Mutant[] = inArea("limits", [
  {
    name: "tenant-takes-every-slot",
    file: "src/http/fair-share.ts",
    from: "running < this.#limits.slotsPerTenant",
    to: "running < this.#limits.slots",
    killer: {
      file: "test/unit/fair-share.test.ts",
      test: "lets a tenant have no more than its part, and others what is left",
    },
  },
  {
    name: "cost-not-checked",
    file: "src/http/document-limits.ts",
    from: "if (cost <= limits.maxCost)",
    to: "if (Number.isFinite(cost))",
    killer: {
      file: "test/http/document-limits.test.ts",
      test: "lets the largest walk pass, and refuses ten of them before any statement",
    },
  },
  {
    name: "any-number-of-representations",
    file: "src/graphql/list-limits.ts",
    from: '  ["_Any", ["maxEntitiesPerLookup", "representations"]],\n',
    to: "",
    killer: { file: ENTITIES, test: "and one more are refused before anything is read" },
  },
  {
    name: "subgraph-told-where-introspection-is-off",
    file: "src/http/schema-exposure.ts",
    from: " || type.name === SERVICE_TYPE",
    to: "",
    killer: { file: "test/http/exposure.test.ts", test: "the schema is not told: as gateways read it" },
  },
  {
    name: "pages-of-another-host-may-ask",
    file: CROSS_ORIGIN,
    from: 'site === "same-origin" || site === "none"',
    to: 'site !== "same-site"',
    killer: { file: ORIGINS, test: "what a browser sends for another host's page is refused:" },
  },
  {
    name: "every-origin-may-read",
    file: CROSS_ORIGIN,
    from: "if (!origins.includes(origin)) return false;",
    to: "",
    killer: { file: ORIGINS, test: "are those alone: " },
  },
  {
    name: "any-document-beside-a-trusted-hash",
    file: "src/http/trusted-documents.ts",
    from: 'if (only && (asked === undefined || typeof params.query === "string"))',
    to: "if (only && asked === undefined)",
    killer: { file: "test/http/exposure.test.ts", test: "alone are executed where that is wanted, and not " },
  },
]);

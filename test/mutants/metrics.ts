import { inArea, type Mutant } from "./mutant.ts";

const LABELS = "test/http/metrics-labels.test.ts";

/** What metrics tell of tenants and of what clients send: nothing. */
export const METRICS_MUTANTS: readonly Mutant[] = inArea("metrics", [
  {
    name: "operation-counted-by-its-name",
    file: "src/http/operation-subject.ts",
    from: 'field: others.length > 0 ? "several" : only',
    to: "field: operation.name?.value ?? only",
    killer: { file: LABELS, test: "no tenant, no id and nothing that a client chose is told" },
  },
  {
    name: "request-counted-by-its-path",
    file: "src/http/request-metrics.ts",
    from: "PATHS.includes(path) ? path : OTHER",
    to: "path",
    killer: { file: LABELS, test: "no path and no method of a client's own becomes a label" },
  },
]);

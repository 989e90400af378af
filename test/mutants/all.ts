import { AUTHORISATION_MUTANTS } from "./authorisation.ts";
import { BINDING_MUTANTS } from "./binding.ts";
import { CANCELLATION_MUTANTS } from "./cancellation.ts";
import { CURSOR_MUTANTS } from "./cursors.ts";
import { ERROR_MUTANTS } from "./errors.ts";
import { LIMIT_MUTANTS } from "./limits.ts";
import { LOADER_MUTANTS } from "./loaders.ts";
import { METRICS_MUTANTS } from "./metrics.ts";
import type { Mutant } from "./mutant.ts";
import { POLICY_MUTANTS } from "./policies.ts";
import { REFERENCE_MUTANTS } from "./references.ts";
import { RETRY_MUTANTS } from "./retry.ts";
import { SCOPE_MUTANTS } from "./scopes.ts";
import { TOKEN_MUTANTS } from "./tokens.ts";
import { TRACE_MUTANTS } from "./traces.ts";

export const MUTANTS: readonly Mutant[] = [
  ...POLICY_MUTANTS,
  ...REFERENCE_MUTANTS,
  ...BINDING_MUTANTS,
  ...SCOPE_MUTANTS,
  ...LOADER_MUTANTS,
  ...CURSOR_MUTANTS,
  ...ERROR_MUTANTS,
  ...RETRY_MUTANTS,
  ...CANCELLATION_MUTANTS,
  ...AUTHORISATION_MUTANTS,
  ...TOKEN_MUTANTS,
  ...LIMIT_MUTANTS,
  ...METRICS_MUTANTS,
  ...TRACE_MUTANTS,
];

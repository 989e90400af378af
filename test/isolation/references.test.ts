import { describe } from "vitest";
import { prepareStage, testChecks } from "../support/isolation/describe-checks.ts";
import { FORMERLY_USED_GLOBALS, REFERRING, USED_GLOBALS } from "../support/isolation/reference-checks.ts";

// Foreign keys are checked by the database itself, past the policies: keys and CHECKs must hold the tenants apart.
const stage = prepareStage();

describe("referring", () => testChecks(stage, REFERRING));
describe("deleting what tenants refer to", () =>
  testChecks(stage, [...USED_GLOBALS, ...FORMERLY_USED_GLOBALS]));

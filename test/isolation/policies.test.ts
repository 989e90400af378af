import { describe } from "vitest";
import { prepareStage, testChecks } from "../support/isolation/describe-checks.ts";
import { READING, WRITING } from "../support/isolation/verb-checks.ts";

// Raw statements as the application role, without any of the queries' own conditions: the policies alone must hold.
const stage = prepareStage();

describe("reading", () => testChecks(stage, READING));
describe("writing", () => testChecks(stage, WRITING));

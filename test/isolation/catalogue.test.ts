import { describe } from "vitest";
import {
  DATABASE_FORM,
  REFERENCE_FORM,
  TABLE_FORM,
  UPWARD_FORM,
} from "../support/isolation/catalogue-checks.ts";
import { prepareStage, testChecks } from "../support/isolation/describe-checks.ts";
import { OWNERSHIP, RIGHTS } from "../support/isolation/right-checks.ts";

const stage = prepareStage();

describe("the catalogue", () =>
  testChecks(stage, [...TABLE_FORM, ...REFERENCE_FORM, ...UPWARD_FORM, ...DATABASE_FORM]));
describe("the application's rights", () => testChecks(stage, RIGHTS));
describe("the owner of the tables", () => testChecks(stage, OWNERSHIP));

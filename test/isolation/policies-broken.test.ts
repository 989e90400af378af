import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  DATABASE_FORM,
  REFERENCE_FORM,
  TABLE_FORM,
  UPWARD_FORM,
} from "../support/isolation/catalogue-checks.ts";
import { type Check, violationsOf } from "../support/isolation/check.ts";
import { prepareStage } from "../support/isolation/describe-checks.ts";
import { FORM_BREAKS } from "../support/isolation/form-breaks.ts";
import { type Break, POLICY_BREAKS } from "../support/isolation/policy-breaks.ts";
import { REFERENCE_BREAKS } from "../support/isolation/reference-breaks.ts";
import { FORMERLY_USED_GLOBALS, REFERRING, USED_GLOBALS } from "../support/isolation/reference-checks.ts";
import { OWNERS_ACTS, OWNERSHIP, RIGHTS } from "../support/isolation/right-checks.ts";
import { READING, WRITING } from "../support/isolation/verb-checks.ts";

// A test that cannot fail proves nothing: each guard is broken once, and the checks of the other files must tell.
const stage = prepareStage();
const BEHAVIOUR = [
  ...[...READING, ...WRITING, ...REFERRING, ...USED_GLOBALS, ...FORMERLY_USED_GLOBALS],
  ...[...RIGHTS, ...OWNERSHIP],
];
const FORM = [...TABLE_FORM, ...REFERENCE_FORM, ...UPWARD_FORM, ...DATABASE_FORM];

/** Which checks have been seen to fail. */
const told = new Set<string>();

async function whileBroken(broken: Break, checks: readonly Check[]): Promise<string[]> {
  const concerned = checks.filter(({ table }) => table === broken.table);
  await stage().change(broken.breaks, broken.by);
  const found = await violationsOf(concerned, stage());
  await stage().change(broken.mends, broken.by);
  for (const { name } of found.keys()) told.add(name);
  return [...found.values()].flat();
}

beforeAll(async () => {
  expect([...(await violationsOf([...BEHAVIOUR, ...FORM], stage())).values()].flat()).toEqual([]);
});

afterAll(async () => {
  // Every way back was one, so that no break was seen through another.
  expect([...(await violationsOf([...BEHAVIOUR, ...FORM], stage())).values()].flat()).toEqual([]);
});

describe("the isolation suite tells when, in", () => {
  it.each([...POLICY_BREAKS, ...REFERENCE_BREAKS].map((broken) => [broken.name, broken] as const))(
    "%s",
    async (_, broken) => {
      expect(await whileBroken(broken, BEHAVIOUR)).not.toEqual([]);
      expect(await whileBroken(broken, FORM)).not.toEqual([]);
    },
  );
});

describe("the lint of the catalogue tells when there is, in", () => {
  it.each(FORM_BREAKS.map((broken) => [broken.name, broken] as const))("%s", async (_, broken) => {
    expect(await whileBroken(broken, FORM)).not.toEqual([]);
  });
});

describe("the checks", () => {
  it("of behaviour have each been seen to fail, save for those of an owner's acts", () => {
    const acts = OWNERS_ACTS.map(({ what }) => `the application cannot ${what}`);
    const quiet = BEHAVIOUR.map(({ name }) => name).filter((name) => !told.has(name));
    expect(quiet.filter((name) => !acts.includes(name))).toEqual([]);
  });

  it("of the catalogue have each been seen to fail, save for those of roles, which belong to the whole server", () => {
    const quiet = FORM.map(({ name }) => name).filter((name) => !told.has(name));
    expect(quiet.filter((name) => !/^the application's (roles may|login is) /.test(name))).toEqual([]);
  });

  it.each(OWNERS_ACTS.map((act) => [act.what, act] as const))(
    "of an owner's acts try what an owner can do: %s",
    async (_, { statement }) => {
      expect(await stage().attemptAsOwner("", statement)).toMatchObject({ refused: false });
    },
  );
});

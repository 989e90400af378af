import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { MUTANTS } from "../mutants/all.ts";
import { type Mutant, mutate } from "../mutants/mutant.ts";
import { outcomeOf, type Report } from "../mutants/named-tests.ts";
import {
  DATABASE_FORM,
  REFERENCE_FORM,
  TABLE_FORM,
  UPWARD_FORM,
} from "../support/isolation/catalogue-checks.ts";
import { FORMERLY_USED_GLOBALS, REFERRING, USED_GLOBALS } from "../support/isolation/reference-checks.ts";
import { OWNERSHIP, RIGHTS } from "../support/isolation/right-checks.ts";
import { READING, WRITING } from "../support/isolation/verb-checks.ts";
import { nameOf, parseSourceFile } from "../support/source-file.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The tests that some files make of checks: their names stand in no file. */
const CHECKS = [
  ...[READING, WRITING, REFERRING, USED_GLOBALS, FORMERLY_USED_GLOBALS, RIGHTS, OWNERSHIP],
  ...[TABLE_FORM, REFERENCE_FORM, UPWARD_FORM, DATABASE_FORM],
].flatMap((checks) => checks.map(({ name }) => name));

/** What stands fixed in the titles of a file's tests, longer than a word. */
function fixedTitles(path: string): string[] {
  const text = read(path);
  if (text.includes("testChecks(")) return CHECKS;
  const literals = parseSourceFile(path, text).nodes.filter(({ type }) => type === "Literal");
  return literals
    .flatMap((node) => nameOf(node)?.split(/%[sdij]|\$\w+/) ?? [])
    .filter((part) => part.trim().includes(" "));
}

describe("every mutant", () => {
  const cases = MUTANTS.map((mutant): [string, Mutant] => [mutant.name, mutant]);

  it.each(cases)("applies to the program of today: %s", (_, mutant) => {
    const sound = read(mutant.file);
    expect(mutate(mutant, sound)).not.toBe(sound);
  });

  it.each(cases)("has a killer: %s", (_, { killer }) => {
    const titles = fixedTitles(killer.file);
    expect(titles.filter((title) => killer.test.includes(title) || title.includes(killer.test))).not.toEqual(
      [],
    );
  });

  it("has a name of its own", () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});

test("a mutant applies once or not at all", () => {
  const mutant: Mutant = {
    ...{ name: "m", area: "a", file: "f", from: "x", to: "y" },
    killer: { file: "t", test: "t" },
  };
  expect(mutate(mutant, "axb")).toBe("ayb");
  expect(mutate({ ...mutant, to: "$&" }, "axb")).toBe("a$&b");
  expect(() => mutate(mutant, "ab")).toThrow("m no longer applies to f");
  expect(() => mutate(mutant, "axbxx")).toThrow("m applies to f 3 times");
});

describe("a mutant counts as killed", () => {
  const killer = { file: "test/a.test.ts", test: "holds" };
  const assertion = (fullName: string, status: string, ...failureMessages: string[]) => ({
    ...{ fullName, status, failureMessages },
  });
  const report = (...assertionResults: ReturnType<typeof assertion>[]): Report => ({
    testResults: [{ name: "/copy/test/a.test.ts", message: "", assertionResults }],
  });
  const failed = "AssertionError: expected 1 to be 2\n    at …";

  it("not where one of that name in another file fails", () => {
    const found = report(assertion("it holds", "failed", failed));
    expect(outcomeOf(found, { ...killer, file: "test/b.test.ts" }).result).toBe("crashed");
  });

  it("where one test of the name fails by an assertion", () => {
    const found = report(assertion("it holds 1", "passed"), assertion("it holds 2", "failed", failed));
    expect(outcomeOf(found, killer)).toEqual({ result: "failed", told: "it holds 2" });
  });

  it.each<[string, Report, "passed" | "crashed"]>([
    [
      "not where another fails",
      report(assertion("it holds", "passed"), assertion("b", "failed", failed)),
      "passed",
    ],
    ["not where it ends otherwise", report(assertion("it holds", "failed", "TypeError: x")), "crashed"],
    [
      "not where it is not run",
      report(assertion("it holds", "skipped"), assertion("b", "passed")),
      "crashed",
    ],
    ["not where there is none", report(), "crashed"],
  ])("%s", (_, found, result) => {
    expect(outcomeOf(found, killer).result).toBe(result);
  });
});

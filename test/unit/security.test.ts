import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tableIn } from "../support/readme.ts";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("SECURITY.md", root), "utf8");
const filesIn = (part: string) =>
  [...part.matchAll(/`((?:test|docs|scripts)\/[^`]+)`/g)].map(([, path = ""]) => path);

describe("SECURITY.md", () => {
  it.each([...new Set(filesIn(text))])("names a file that is there: %s", (path) => {
    expect(existsSync(new URL(path, root))).toBe(true);
  });

  it("names every file of the isolation suite", () => {
    const all = readdirSync(new URL("test/isolation", root), { recursive: true, encoding: "utf8" });
    const suite = all.filter((path) => path.endsWith(".test.ts")).map((path) => `test/isolation/${path}`);
    expect(suite.length).toBeGreaterThan(0);
    expect(suite.filter((path) => !filesIn(text).includes(path))).toEqual([]);
  });

  const [, promises = ""] = text.split("\n## Promises\n");
  it.each(tableIn(promises.split("\n## ")[0] ?? ""))("promises what a test holds: %s", (_, held = "") => {
    expect(filesIn(held).filter((path) => path.endsWith(".test.ts"))).not.toEqual([]);
  });

  it("names scripts that are there", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
      scripts: object;
    };
    const named = [...text.matchAll(/`npm run ([\w:]+)/g)].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { createDocumentCache } from "../../src/http/document-cache.ts";

describe("a document cache", () => {
  it("keeps what was used last, as far as its characters go", () => {
    const cache = createDocumentCache<number>(8, 1);
    for (const [text, value] of [
      ["aa", 1],
      ["bb", 2],
      ["cc", 3],
      ["dd", 4],
    ] as const)
      cache.set(text, value);
    expect(cache.get("aa")).toBe(1);
    cache.set("ee", 5);
    expect(["aa", "bb", "cc", "dd", "ee"].map((text) => cache.get(text))).toEqual([1, undefined, 3, 4, 5]);
  });

  it("counts a text once, however often it is set", () => {
    const cache = createDocumentCache<number>(8, 1);
    for (let times = 0; times < 10; times += 1) cache.set("aa", times);
    for (const text of ["bb", "cc", "dd"]) cache.set(text, 0);
    expect(cache.get("aa")).toBe(9);
  });

  it("counts a short text as one of some length, for the errors that are kept with it", () => {
    const cache = createDocumentCache<number>(8, 4);
    for (const text of ["a", "b", "c"]) cache.set(text, 1);
    expect(["a", "b", "c"].map((text) => cache.get(text))).toEqual([undefined, 1, 1]);
  });

  it("keeps no text that is longer than a quarter of all", () => {
    const cache = createDocumentCache<number>(8, 1);
    cache.set("aa", 1);
    cache.set("bbb", 2);
    expect(cache.get("bbb")).toBeUndefined();
    expect(cache.get("aa")).toBe(1);
  });
});

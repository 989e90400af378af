import { describe, expect, it } from "vitest";
import { composeObservers, type DatabaseObserver } from "../../../src/db/observer.ts";

const told: string[] = [];
const telling = (name: string): DatabaseObserver => ({
  async around(work, run) {
    told.push(`${name} before ${work.kind}`);
    try {
      return await run();
    } finally {
      told.push(`${name} after ${work.kind}`);
    }
  },
  retrying: (kind) => void told.push(`${name} ${kind}`),
  walked: ({ size }) => void told.push(`${name} ${size}`),
});
const walk = { name: "lineage.find", size: 3, completeness: "COMPLETE" };

describe("observers that are composed", () => {
  it("see the same, the first of them around the others", async () => {
    const { walked: _, ...second } = telling("second");
    const observer = composeObservers(telling("first"), undefined, second, telling("third"));
    expect(await observer?.around({ kind: "acquire" }, async () => "taken")).toBe("taken");
    observer?.retrying("lock");
    observer?.walked?.(walk);
    expect(told).toEqual([
      ...["first before acquire", "second before acquire", "third before acquire"],
      ...["third after acquire", "second after acquire", "first after acquire"],
      ...["first lock", "second lock", "third lock"],
      ...["first 3", "third 3"],
    ]);
  });

  it("fail as what they see does", async () => {
    const failing = async () => {
      throw new Error("lost");
    };
    const observer = composeObservers(telling("first"), telling("second"));
    await expect(observer?.around({ kind: "acquire" }, failing)).rejects.toThrow("lost");
  });

  it("are the only one, or none, where there are no others", () => {
    const only = telling("only");
    expect(composeObservers(undefined, only)).toBe(only);
    expect(composeObservers(undefined)).toBeUndefined();
  });
});

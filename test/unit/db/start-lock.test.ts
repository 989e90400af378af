import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { identifyProcess } from "../../../src/db/embedded/process-identity.ts";
import { withStartLock } from "../../../src/db/embedded/start-lock.ts";

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "servo-lock-"));
  folder = join(parent, "lock");
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

function leaveTicket(number: number, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, String(number)), text);
}

describe("the start lock", () => {
  it("admits one at a time, and leaves one ticket", async () => {
    let inside = 0;
    const crowds: number[] = [];
    const visit = () =>
      withStartLock(folder, async () => {
        inside += 1;
        await delay(2);
        crowds.push(inside);
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 20 }, visit));
    expect(crowds).toEqual(Array.from({ length: 20 }, () => 1));
    expect(readdirSync(folder)).toEqual(["20"]);
  });

  it("is let go when the work fails", async () => {
    const failing = withStartLock(folder, () => Promise.reject(new Error("broken")));
    await expect(failing).rejects.toThrow("broken");
    expect(await withStartLock(folder, async () => "in")).toBe("in");
  });

  it("passes over a holder that has died, also where its number lives on in another process", async () => {
    leaveTicket(7, JSON.stringify({ pid: process.pid, startedAt: "another boot/1" }));
    expect(await withStartLock(folder, async () => readdirSync(folder))).toEqual(["8"]);
  });

  it("waits for a holder that lives", async () => {
    leaveTicket(7, JSON.stringify(identifyProcess(process.pid)));
    let entered = false;
    const waiting = withStartLock(folder, async () => {
      entered = true;
    });
    await delay(200);
    expect(entered).toBe(false);
    leaveTicket(7, "released\n");
    await waiting;
    expect(entered).toBe(true);
  });

  it("does not make a data folder that was removed anew", async () => {
    rmSync(parent, { recursive: true });
    await expect(withStartLock(folder, async () => {})).rejects.toMatchObject({ code: "ENOENT" });
  });
});

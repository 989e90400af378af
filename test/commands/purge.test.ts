import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { storeOldExecutions } from "../support/old-executions.ts";
import { storedCounts } from "../support/owner.ts";
import { expectRefusal, prepareProgram } from "../support/program.ts";
import { runHere } from "../support/run-here.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const test = prepareProgram();

const purge = (...args: string[]) =>
  test.run(["purge", ...args], { DATABASE_URL: storage.database.applicationUrl });
const countOf = async (id: string | null) =>
  (await storedCounts(storage.database, "executions")).get(id ?? "~global") ?? 0;

const MIXED = [
  { state: "succeeded", days: 200 },
  { state: "succeeded", days: 100 },
  { state: "failed", days: 100 },
  { state: "running", days: 100 },
  { state: "timeout", days: 10 },
] as const;

describe("purge", () => {
  it("counts with --dry-run, then deletes, and finds nothing when repeated", async () => {
    const [one, two, third] = [storage.newTenant(), storage.newTenant(), storage.newTenant()];
    for (const party of [one, two, third]) await storeOldExecutions(storage, party, MIXED);
    const args = ["--tenant", one.id, "--tenant", two.id, "--older-than", "90d"];
    const counted = await purge(...args, "--dry-run");
    expect(counted).toMatchObject({ code: 0, stderr: "" });
    expect(counted.stdout).toMatch(/^Would delete executions that have not changed since \d{4}-.*Z:\n/);
    expect(await countOf(one.id)).toBe(5);

    const done = await purge(...args, "--batch", "2");
    expect(done.code).toBe(0);
    expect(done.stdout.split("\n").slice(1)).toEqual([
      `  ${one.id}: 2 succeeded, 1 failed`,
      `  ${two.id}: 2 succeeded, 1 failed`,
      "",
    ]);
    expect(done.stdout.split("\n").slice(1)).toEqual(counted.stdout.split("\n").slice(1));
    expect(done.stderr).toMatch(new RegExp(`^executions of ${one.id}: 2$`, "m"));
    expect([await countOf(one.id), await countOf(two.id), await countOf(third.id)]).toEqual([2, 2, 5]);

    expect((await purge(...args)).stdout.split("\n").slice(1)).toEqual([
      `  ${one.id}: none`,
      `  ${two.id}: none`,
      "",
    ]);
  });

  it("deletes the system's own with --system, and the states that it is told", async () => {
    await storeOldExecutions(storage, storage.system, MIXED);
    const done = await purge("--system", "--older-than", "5d", "--state", "RUNNING", "timeout");
    expect(done.stdout.split("\n").slice(1)).toEqual(["  the system: 1 running, 1 timeout", ""]);
    expect(await countOf(null)).toBe(3);
  });

  it("reckons by the database's clock, whatever this machine's says", async () => {
    const tenant = storage.newTenant();
    await storeOldExecutions(storage, tenant, MIXED);
    const code =
      "globalThis.Date=class extends Date{constructor(...a){super(...(a.length?a:[0]))}static now(){return 0}}";
    const outcome = await test.run(["purge", "--tenant", tenant.id, "--older-than", "90d"], {
      DATABASE_URL: storage.database.applicationUrl,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
    });
    expect(outcome.stdout.split("\n")[1]).toBe(`  ${tenant.id}: 2 succeeded, 1 failed`);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "ends after the running batch on %s, and says what is gone",
    async (signal) => {
      const tenant = storage.newTenant();
      await storeOldExecutions(storage, tenant, MIXED);
      const outcome = await withClient(storage.database.ownerUrl, async (owner) => {
        await owner.query("BEGIN; LOCK TABLE executions IN ACCESS EXCLUSIVE MODE");
        const program = test.start(["purge", "--tenant", tenant.id, "--older-than", "90d", "--batch", "2"], {
          DATABASE_URL: storage.database.applicationUrl,
        });
        await untilBlocked(storage.database);
        program.process.kill(signal);
        await delay(500);
        await owner.query("ROLLBACK");
        return program.ended;
      });
      expect(outcome.code).toBe(1);
      expect(outcome.stdout.split("\n")[1]).toBe(`  ${tenant.id}: 2 succeeded`);
      expect(outcome.stderr).toMatch(
        new RegExp(`^servo-storage: interrupted by ${signal}; run it again for the rest$`, "m"),
      );
      expect(await countOf(tenant.id)).toBe(3);
    },
  );
});

describe("purge refuses in one line, with exit code 2", () => {
  it.each<[string, string[], RegExp]>([
    ["nobody's executions", ["--older-than", "90d"], /--tenant or --system is needed/],
    ["a malformed tenant", ["--tenant", "~global", "--older-than", "90d"], /--tenant must be 1 to 128/],
    [
      "no age",
      ["--tenant", "a", "--older-than", "0d"],
      /--older-than must be a number of hours, days or weeks/,
    ],
    ["an age in months", ["--tenant", "a", "--older-than", "3m"], /--older-than must be/],
    [
      "an unknown state",
      ["--tenant", "a", "--older-than", "9d", "--state", "done"],
      /--state must be one of pending, /,
    ],
    [
      "a batch of none",
      ["--tenant", "a", "--older-than", "9d", "--batch", "0"],
      /--batch must be a whole number/,
    ],
    ["a batch without bound", ["--tenant", "a", "--older-than", "9d", "--batch", "10001"], /from 1 to 10000/],
  ])("%s", async (_, args, line) => {
    expectRefusal(await runHere(["purge", ...args], { DATA_DIR: "/dev/null/closed" }), 2, line);
  });

  it("as the program itself", async () => {
    const outcome = await test.run(["purge", "--older-than", "90d"], { DATA_DIR: "/dev/null/closed" });
    expectRefusal(outcome, 2, /--tenant or --system is needed/);
  });
});

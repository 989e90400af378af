import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import { announcedBy, query, survivors } from "../support/embedded-server.ts";
import { embeddedUrls, prepareProgram, refusalLine, type Service } from "../support/program.ts";

const test = prepareProgram();
let folder: string;

beforeAll(async () => {
  folder = test.folder();
  const { program } = await test.serve({ DATA_DIR: folder });
  await program.end();
});

const serve = (environment = {}) => test.serve({ DATA_DIR: folder, ...environment });

/** Has the database hold a request until told otherwise, and runs `work` while it is held. */
async function whileHeld<T>(
  { url }: Service,
  work: (answer: Promise<Response>, letGo: () => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const { owner, application } = embeddedUrls(folder);
  return withClient(owner, async (client) => {
    client.on("error", () => {}); // the server may end before it does
    await client.query("BEGIN; LOCK TABLE assets IN ACCESS EXCLUSIVE MODE");
    const answer = fetch(`${url}/graphql?query={assets{totalCount}}`);
    answer.catch(() => {});
    const waiting = "SELECT FROM pg_stat_activity WHERE usename = current_user AND wait_event_type = 'Lock'";
    while ((await query(application, waiting)).length === 0) await delay(10);
    return work(answer, () => client.query("COMMIT"));
  });
}

describe("a program that serves", () => {
  it("answers the request that runs, and takes no more", async () => {
    const service = await serve();
    const answered = await whileHeld(service, async (answer, letGo) => {
      service.program.process.kill("SIGTERM");
      await service.program.untilItSays(/Shutting down/);
      await expect(fetch(`${service.url}/health/live`)).rejects.toThrow("fetch failed");
      await letGo();
      return answer;
    });
    expect(await answered.json()).toMatchObject({ data: { assets: { totalCount: expect.any(Number) } } });
    // Or it would wait for the client's next request on the same connection.
    expect(answered.headers.get("connection")).toBe("close");
    expect((await service.program.ended).code).toBe(0);
    expect(await survivors(folder)).toEqual([]);
  });

  it("takes a signal that npm delivers twice for one", async () => {
    const service = await serve();
    const answered = await whileHeld(service, async (answer, letGo) => {
      for (const signal of ["SIGINT", "SIGINT", "SIGTERM"] as const) service.program.process.kill(signal);
      await service.program.untilItSays(/Shutting down/);
      service.program.process.kill("SIGINT");
      await letGo();
      return answer;
    });
    expect(await answered.json()).toMatchObject({ data: { assets: { totalCount: expect.any(Number) } } });
    const { code, stdout } = await service.program.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain("Second signal");
  });

  it("ends at once on a second signal that comes later, with nothing left behind", async () => {
    const service = await serve();
    const outcome = await whileHeld(service, async () => {
      service.program.process.kill("SIGTERM");
      await delay(1100);
      return service.program.end("SIGTERM");
    });
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain("Second signal");
    expect(await survivors(folder)).toEqual([]);
  });

  it("does not wait for a request for longer than SHUTDOWN_TIMEOUT_MS", async () => {
    const service = await serve({ SHUTDOWN_TIMEOUT_MS: "100" });
    await whileHeld(service, async (answer) => {
      const { code } = await service.program.end();
      expect(code).toBe(0);
      await expect(answer).rejects.toThrow("fetch failed");
    });
    expect(await survivors(folder)).toEqual([]);
  });

  it("killed, takes its database along, and its data is there when it is started again", async () => {
    const service = await serve();
    await service.graphql(
      'mutation { createAsset(input: { name: "written", assetType: "table" }) { asset { id } } }',
    );
    const { postmaster, guardian } = announcedBy(folder);
    await service.program.end("SIGKILL");
    const again = await serve();
    expect(announcedBy(folder)).not.toMatchObject({ postmaster });
    expect(announcedBy(folder)).not.toMatchObject({ guardian });
    expect(await again.graphql('{ assetByName(name: "written") { name } }')).toEqual({
      assetByName: { name: "written" },
    });
    await again.program.end();
    expect(await survivors(folder)).toEqual([]);
  });
});

describe("a program that cannot serve", () => {
  it("says in one line that its port is taken, and leaves nothing running", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const outcome = await test.run(["serve"], { DATA_DIR: folder, PORT: port, LOG_LEVEL: "silent" });
    other.close();
    expect(outcome.code).toBe(1);
    expect(refusalLine(outcome)).toMatch(new RegExp(`PORT.*${port}`));
    expect(await survivors(folder)).toEqual([]);
  });
});

describe("a program that is told to end while it starts", () => {
  it.each([
    ["SIGTERM", "makes its database", (name: string) => name.startsWith("postgres.")],
    ["SIGINT", "starts its database", (name: string) => name === "postgres.log"],
  ] as const)("by %s while it %s, ends orderly and starts the next time", async (signal, _, reached) => {
    const empty = test.folder();
    const data = join(empty, "data");
    const program = test.start(["serve"], { DATA_DIR: data, PORT: "0" });
    while (!existsSync(data) || !readdirSync(data).some(reached)) await delay(2);
    expect(await program.end(signal)).toMatchObject({ code: 0, signal: null, stderr: "" });
    expect(await survivors(empty)).toEqual([]);

    const again = await test.serve({ DATA_DIR: data });
    expect(await again.graphql("{ assets { totalCount } }")).not.toEqual({ assets: { totalCount: 0 } });
    await again.program.end();
  });

  it("by Ctrl-C, which its children get too, leaves nothing that hinders the next start", async () => {
    const empty = test.folder();
    const data = join(empty, "data");
    const program = test.start(["serve"], { DATA_DIR: data, PORT: "0" });
    while (!existsSync(data) || !readdirSync(data).some((name) => name.startsWith("postgres.")))
      await delay(2);
    process.kill(-program.process.pid, "SIGINT");
    const { stderr } = await program.ended;
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(await survivors(empty)).toEqual([]);

    const again = await test.serve({ DATA_DIR: data });
    expect((await again.program.end()).code).toBe(0);
  });
});

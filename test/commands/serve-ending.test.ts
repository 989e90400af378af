import { existsSync, readdirSync } from "node:fs";
import { Agent, get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { finished } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { withClient } from "../setup/connection.ts";
import { announcedBy, query, survivors } from "../support/embedded-server.ts";
import type { LogLine } from "../support/log-lines.ts";
import { embeddedUrls, prepareProgram, refusalLine, type Service } from "../support/program.ts";
import { openRelay } from "../support/relay.ts";

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

/** Sends a request on a connection of an agent. */
function requestBy(agent: Agent, url: string): Promise<{ reused: boolean; failure: string | undefined }> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.resume();
      finished(response, (error) => resolve({ reused: true, failure: error?.code }));
    });
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve({ reused: request.reusedSocket, failure: error.code ?? error.message }),
    );
  });
}

describe("a program that serves", () => {
  it("answers the request that runs, and takes no more", async () => {
    const service = await serve();
    const answered = await whileHeld(service, async (answer, letGo) => {
      service.program.process.kill("SIGTERM");
      await service.program.untilItSays(/Shutting down/);
      // What comes in the moment in which it stops to listen, it still answers.
      const refused = () => expect(fetch(`${service.url}/health/live`)).rejects.toThrow("fetch failed");
      await vi.waitFor(refused, { timeout: 10_000 });
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

  it("cuts off what runs for longer than SHUTDOWN_TIMEOUT_MS, says so, and ends with exit code 1", async () => {
    const service = await serve({ SHUTDOWN_TIMEOUT_MS: "100" });
    await whileHeld(service, async (answer) => {
      const { code, stdout } = await service.program.end();
      expect(code).toBe(1);
      await expect(answer).rejects.toThrow("fetch failed");
      const lines = stdout
        .trimEnd()
        .split("\n")
        .map((line): LogLine => JSON.parse(line));
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: "WARN",
          requests: 1,
          message: expect.stringMatching(/^Requests cut off/),
        }),
      );
      const ends = lines.filter(({ path }) => path === "/graphql");
      expect(ends).toMatchObject([{ message: "Request not answered: its connection is gone" }]);
      expect(lines.at(-1)).toMatchObject({ message: "Stopped" });
    });
    expect(await survivors(folder)).toEqual([]);
  });

  it("is not ready for SHUTDOWN_DELAY_MS, and serves meanwhile", async () => {
    const service = await serve({ SHUTDOWN_DELAY_MS: "1500" });
    service.program.process.kill("SIGTERM");
    await service.program.untilItSays(/Shutting down/);
    const ready = await fetch(`${service.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(ready.headers.get("connection")).toBe("close");
    expect(await service.graphql("{ __typename }")).toEqual({ __typename: "Query" });
    expect((await service.program.ended).code).toBe(0);
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow("fetch failed");
  });

  it("ends though its database is silent and does not take the goodbye of its connections", async () => {
    const owner = await serve();
    const relay = await openRelay(embeddedUrls(folder).application);
    const service = await test.serve({ DATABASE_URL: relay.url, AUTH_MODE: "header" });
    await service.graphql("{ assets { totalCount } }");
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    relay.stall();
    const { code, stdout } = await service.program.end();
    expect(code).toBe(0);
    expect(stdout).toContain('"message":"Stopped"');
    await owner.program.end();
  });

  it("under load, resets no connection that it has taken", async () => {
    const { url, program } = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const failures: string[] = [];
    let answered = 0;
    const ask = async () => {
      for (;;) {
        const { reused, failure } = await requestBy(agent, `${url}/graphql?query={assets{totalCount}}`);
        if (failure === undefined) answered += 1;
        else if (reused || failure !== "ECONNRESET") failures.push(failure);
        // A new connection that is reset was only in the kernel's hands.
        if (failure !== undefined) return;
      }
    };
    const asking = Array.from({ length: 8 }, ask);
    while (answered < 20) await delay(10);
    const { code } = await program.end();
    await Promise.all(asking);
    agent.destroy();
    expect(code).toBe(0);
    expect(failures.filter((failure) => failure !== "ECONNREFUSED")).toEqual([]);
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
    const { stdout, ...outcome } = await program.end(signal);
    expect(outcome).toEqual({ code: 0, signal: null, stderr: "" });
    expect(stdout).toContain('"message":"Stopped"');
    expect(stdout).not.toContain("Serving at");
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

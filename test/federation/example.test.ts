import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../../src/db/embedded/port.ts";
import { buildPackage } from "../support/built-package.ts";
import { makeFolder, removeFolder, survivors } from "../support/embedded-server.ts";
import { ask } from "../support/federation/ask.ts";
import { exampleFolder } from "../support/federation/example.ts";
import { present } from "../support/present.ts";
import { RunningProgram } from "../support/program.ts";

let folder: string;
let example: RunningProgram;

beforeAll(async () => {
  folder = makeFolder();
  await buildPackage();
});
afterEach(() => example.end());
afterAll(() => removeFolder(folder));

/** `npm start -- …`, with data in a folder of the tests' own. */
function start(port: number, ...args: readonly string[]): RunningProgram {
  const own = ["--port", String(port), "--data-dir", join(folder, "data")];
  const child = spawn("npm", ["start", "--", ...own, ...args], {
    cwd: exampleFolder,
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a process group of its own, as in a terminal
  });
  example = new RunningProgram(child);
  return example;
}

const startAnywhere = async (...args: readonly string[]) => start(await findFreePort(undefined), ...args);

/** The answer that it prints. */
const answerIn = (output: string): unknown => JSON.parse(/^\{\n.*?^\}$/ms.exec(output)?.[0] ?? "");

/** Waits for its end, which must leave nothing behind. */
async function expectShown(lineage: object) {
  const { code, stdout, stderr } = await example.ended;
  expect({ code, stderr: stderr.trim() }).toEqual({ code: 0, stderr: "" });
  expect(answerIn(stdout)).toMatchObject({ data: { assetByName: { lineage } } });
  await expectNothingLeft(stdout);
}

async function expectNothingLeft(output: string, started = 3) {
  const urls = [...output.matchAll(/ at (http:\S+:\d+)$/gm)].map(([, url]) => present(url));
  expect(urls).toHaveLength(started);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect(await survivors(folder)).toEqual([]);
}

const LINEAGE = {
  completeness: "COMPLETE",
  nodes: expect.arrayContaining([
    { depth: 0, asset: { name: "report.revenue", owner: "finance", dashboards: [] } },
    {
      depth: 2,
      asset: { name: "shop.orders", owner: "data_team", dashboards: [{ title: "Orders today" }] },
    },
  ]),
};

describe("npm start in examples/federation", () => {
  it("shows a lineage with fields of both subgraphs, and serves the gateway until Ctrl-C", async () => {
    await startAnywhere();
    const [, url = ""] = await example.untilItSays(/Ask more at (\S+)\/graphql,/);
    const today = { title: "Orders today", assets: [{ name: "shop.orders", assetType: "table" }] };
    expect(await ask(url, "{ dashboards { title assets { name assetType } } }")).toMatchObject({
      data: { dashboards: expect.arrayContaining([today]) },
    });
    const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
    expect(await page.text()).toContain("report.revenue");
    process.kill(-example.process.pid, "SIGINT");
    await expectShown(LINEAGE);
  });

  it("shows the same by Apollo Gateway, and ends with --once", async () => {
    await startAnywhere("--once", "--gateway", "apollo");
    await expectShown(LINEAGE);
  });

  it("says what has failed, and ends the rest", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await start(port, "--gateway", "apollo").ended;
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain("EADDRINUSE");
    expect(stderr).toContain("gateway has ended.");
    await expectNothingLeft(stdout, 2);
  });
});

import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findFreePort } from "../../src/db/embedded/port.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { storeAssets } from "../support/factories.ts";
import { ask } from "../support/federation/ask.ts";
import { exampleFolder, runInExample } from "../support/federation/example.ts";
import { prepareApi } from "../support/graphql.ts";
import { RunningProgram } from "../support/program.ts";
import { codeIn, tableIn } from "../support/readme.ts";

const page = readFileSync(new URL("../../docs/federation.md", import.meta.url), "utf8");
const sources = (file: string) => readFileSync(join(exampleFolder, file), "utf8");

function sectionOf(heading: string): string {
  const section = page.split(/^##+ /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/federation.md has no heading "${heading}"`);
  return section;
}

describe("docs/federation.md", () => {
  it("shows what the second subgraph of the example has", () => {
    const shown = codeIn(sectionOf("Example"), "graphql");
    expect(sources("dashboards.js").replaceAll(/^ {2}/gm, "")).toContain(shown);
  });

  it("tells what the example passes on", () => {
    const [, list = ""] = /const FORWARDED = \[(.*)\]/.exec(sources("forwarded-headers.js")) ?? [];
    const documented = tableIn(sectionOf("Passing on who asks")).flatMap(([names = ""]) => names.split(", "));
    expect(documented).toEqual(list.split(", ").map((name) => name.replaceAll('"', "`")));
  });
});

describe("the commands that register the subgraph run as they stand:", () => {
  // As in production.
  const api = prepareApi({ exposure: { introspection: false } });
  const section = sectionOf("Registering the subgraph");
  const [composed = "", development = ""] = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(
    ([, code]) => code,
  );
  const [, apollo = ""] = /`(node apollo-gateway\.js .*?)`/.exec(section) ?? [];
  const [compose] = composed.split("\n");

  let storage: HttpServer;
  let dashboards: RunningProgram;
  let addresses: ReadonlyMap<string, string>;

  beforeAll(async () => {
    await storeAssets({ id: "demo", run: (work) => api.store.asTenant("demo", work) }, ["shop.orders"]);
    storage = await listen(api.app, { host: "127.0.0.1", port: 0 });
    const gatewayPort = await findFreePort(undefined);
    dashboards = run("exec node dashboards.js --port 0");
    const [url] = await dashboards.untilItSays(/http:\S+:\d+/);
    addresses = new Map([
      ["http://127.0.0.1:4000", storage.url],
      ["http://127.0.0.1:4001", url],
      ["--port 4100", `--port ${gatewayPort}`],
    ]);
  });
  afterAll(async () => {
    await dashboards.end();
    await storage.close(0);
    rmSync(join(exampleFolder, "supergraph.graphql"), { force: true });
  });

  function run(script: string): RunningProgram {
    const npx = 'npx() { shift; exec node node_modules/@graphql-hive/gateway/dist/bin.js "$@"; }';
    const child = spawn("bash", ["-euc", `${npx}\n${script}`], {
      cwd: exampleFolder,
      env: { PATH: process.env.PATH, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new RunningProgram(child);
  }

  it.each([
    ["Hive Gateway, composed before", composed],
    ["Apollo Gateway, composed before", `${compose}\nexec ${apollo}`],
    ["Hive Gateway, which composes by itself", development],
  ])("%s", async (_, commands) => {
    let script = commands;
    for (const [documented, used] of addresses) script = script.replaceAll(documented, used);
    const gateway = run(script);
    onTestFinished(async () => void (await gateway.end()));
    const [url] = await gateway.untilItSays(/http:\/\/127\.0\.0\.1:\d+/);
    const query = '{ assetByName(name: "shop.orders") { assetType dashboards { title } } }';
    expect(await ask(url, query)).toMatchObject({
      data: { assetByName: { assetType: "table", dashboards: [{ title: "Orders today" }] } },
    });
  });

  it("a server that does not tell its schema is not composed", async () => {
    const composing = runInExample("compose.js", `storage=${storage.url}/graphql`);
    await expect(composing).rejects.toThrow("does not tell its schema: The schema is not told here");
  });
});

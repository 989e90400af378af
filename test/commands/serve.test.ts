import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ASSETS, GLOBAL_ASSETS, WORKFLOWS } from "../../src/sample/catalogue.ts";
import { EXAMPLE_ASSET } from "../../src/sample/load.ts";
import { entriesOf, processesIn, query, survivors } from "../support/embedded-server.ts";
import { embeddedUrls, prepareProgram, type Service } from "../support/program.ts";

const test = prepareProgram();

interface Names {
  assets: { totalCount: number; nodes: { id: string; name: string }[] };
}

const ownAssets = ({ graphql }: Service, tenant?: string) =>
  graphql<Names>("{ assets(first: 100, filter: { scope: OWN }) { totalCount nodes { id name } } }", tenant);

describe("serve on an empty folder", () => {
  let folder: string;
  let service: Service;

  beforeAll(async () => {
    folder = join(test.folder(), "not", "yet", "there");
    service = await test.serve({ DATA_DIR: folder });
  });

  it("serves the sample catalogue to the tenant demo", async () => {
    const { assets } = await ownAssets(service);
    expect(assets.nodes.map(({ name }) => name).sort()).toEqual(ASSETS.map(({ name }) => name).sort());
    const { workflows, executions } = await service.graphql<Record<"workflows" | "executions", object>>(
      "{ workflows { totalCount } executions { totalCount } }",
    );
    expect(workflows).toEqual({ totalCount: WORKFLOWS.length });
    expect(executions).toEqual({ totalCount: WORKFLOWS.flatMap(({ runs }) => runs).length });
  });

  it("serves its reference data to every tenant, and its shop to no other", async () => {
    const { assets } = await service.graphql<Names>("{ assets { totalCount nodes { id name } } }", "other");
    expect(assets.nodes.map(({ name }) => name).sort()).toEqual(GLOBAL_ASSETS.map(({ name }) => name).sort());
  });

  it("walks the lineage of the example asset", async () => {
    const { assetByName } = await service.graphql<{ assetByName: { id: string } }>(
      `{ assetByName(name: "${EXAMPLE_ASSET.name}") { id } }`,
    );
    const { lineage } = await service.graphql<{ lineage: { completeness: string; nodeCount: number } }>(
      `{ lineage(assetId: "${assetByName.id}", direction: BOTH, maxDepth: 10) { completeness nodeCount } }`,
    );
    expect(lineage.completeness).toBe("COMPLETE");
    expect(lineage.nodeCount).toBeGreaterThan(3);
  });

  it("shows GraphiQL, with nothing in the page from elsewhere", async () => {
    const page = await fetch(`${service.url}/graphql`, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-type")).toContain("text/html");
    const html = await page.text();
    expect(html).toContain(EXAMPLE_ASSET.tenantId);
    expect(html).not.toMatch(/<(?:script|link)[^>]+(?:src|href)=["'](?:https?:)?\/\//);
  });

  it("tells that it lives and is ready", async () => {
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    const response = await fetch(`${service.url}/health/ready`);
    expect([response.status, await response.json()]).toMatchObject([200, { status: "ready" }]);
  });

  it("connects as a role that row-level security holds", async () => {
    const [role] = await query(
      embeddedUrls(folder).application,
      "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user",
    );
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false });
  });

  it("ends on SIGTERM with all of its processes, and says so", async () => {
    expect((await processesIn(folder)).length).toBeGreaterThan(2);
    const outcome = await service.program.end("SIGTERM");
    expect(outcome).toMatchObject({ code: 0, signal: null, stderr: "" });
    const messages = outcome.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).message);
    expect(messages.slice(-2)).toEqual(["Shutting down", "Stopped"]);
    expect(await survivors(folder)).toEqual([]);
    expect(entriesOf(folder)).not.toContain("server.json");
  });
});

describe("serve again on the same folder", () => {
  it("keeps what was written, and does not bring the sample back", async () => {
    const folder = test.folder();
    const first = await test.serve({ DATA_DIR: folder });
    const { assets } = await ownAssets(first);
    const deletions = assets.nodes.map(
      ({ id }, index) => `a${index}: deleteAsset(input: { id: "${id}" }) { deletedId }`,
    );
    await first.graphql(`mutation { ${deletions.join(" ")} }`);
    await first.graphql(
      'mutation { createAsset(input: { name: "kept", assetType: "table" }) { asset { id } } }',
    );
    await first.graphql(
      'mutation { createAsset(input: { name: "other", assetType: "table" }) { asset { id } } }',
      "other",
    );
    await first.program.end();

    const again = await test.serve({ DATA_DIR: folder });
    expect((await ownAssets(again)).assets.nodes).toMatchObject([{ name: "kept" }]);
    expect((await ownAssets(again, "other")).assets.nodes).toMatchObject([{ name: "other" }]);
    expect((await again.program.end()).code).toBe(0);
  });
});

describe("for a person at a terminal", () => {
  it("says where GraphiQL is and gives a request to try, which works, and ends on Ctrl-C", async () => {
    const folder = test.folder();
    const { program, url } = await test.serve({ DATA_DIR: folder, LOG_FORMAT: "pretty" });
    const [, command = ""] = await program.untilItSays(/Try {8}(curl .*?)\n {4}Stop/s);
    expect(command).toContain(`${url}/graphql`);
    const [headers, body] = [
      [...command.matchAll(/-H '([^:]+): ([^']+)'/g)],
      /-d '([^']+)'/.exec(command)?.[1],
    ];
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: Object.fromEntries(headers.map(([, name, value]) => [name, value])),
      body: body ?? "",
    });
    expect(await response.json()).toMatchObject({ data: { assets: { nodes: { length: 5 } } } });
    const { code, stdout } = await program.end("SIGINT");
    expect(code).toBe(0);
    expect(stdout).toContain(`GraphiQL   ${url}/graphql`);
    expect(await survivors(folder)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { measureRequests } from "../../src/http/request-metrics.ts";
import { createLogger } from "../../src/logger.ts";
import { schema } from "../../src/modules/schema.ts";
import { parseExposition, type Sample } from "../support/exposition.ts";
import { type ApiOptions, prepareApi } from "../support/graphql.ts";
import { createAsset, createExecution, createWorkflow, link } from "../support/graphql-operations.ts";
import { Scrapes } from "../support/metrics.ts";

const api = prepareApi({ limits: { maxOperationsPerRequest: 10 } });

function open(options: ApiOptions = {}) {
  const scrapes = new Scrapes();
  return { scrapes, ...api.open({ ...options, metrics: scrapes.metrics }) };
}

const sent = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-tenant-id": "acme", ...headers },
  body: JSON.stringify(body),
});

const all = (scrapes: Scrapes): Sample[] =>
  [...parseExposition(scrapes.text).values()].flatMap(({ samples }) => samples);
const service = (scrapes: Scrapes) => all(scrapes).filter(({ name }) => name.startsWith("servo_"));

it("10,000 operations with names of their own make no more series than the first of them", async () => {
  // To log them all would take longer than to answer them.
  const { scrapes, fetch } = open({ logger: createLogger({ level: "silent", format: "json" }) });
  /** Most ask for nothing of the database, or it would take minutes. */
  const documentOf = (n: number) => {
    if (n % 10 === 0) return `query Name${n} { alias${n}: assetByName(name: "") { id } }`;
    return n % 10 === 1 ? `query Name${n} { field${n} }` : `query Name${n} { alias${n}: __typename }`;
  };
  const ask = async (batch: number) => {
    const operations = Array.from({ length: 10 }, (_, n) => ({ query: documentOf(batch * 10 + n) }));
    const headers = { "x-tenant-id": `tenant-${batch}`, "x-request-id": `request-${batch}` };
    await (await fetch("/graphql", sent(operations, headers))).json();
  };
  const series = () => service(scrapes).map(({ value: _, ...told }) => told);
  await ask(0);
  const first = series();
  for (let batch = 1; batch < 1000; batch += 1) await ask(batch);
  expect(series()).toEqual(first);
  expect(scrapes.counts("servo_graphql_operations_total")).toEqual({
    "query introspection OK": 8000,
    "query assetByName BAD_USER_INPUT": 1000,
    "none none BAD_USER_INPUT": 1000,
  });
}, 300_000);

it("no path and no method of a client's own becomes a label", () => {
  const { scrapes } = open();
  const listener = measureRequests(() => undefined, scrapes.metrics.requests);
  for (let n = 0; n < 10_000; n += 1) {
    let close = () => {};
    const response = {
      once: (_: string, listen: () => void) => (close = listen),
      writableFinished: true,
      statusCode: 404,
    };
    const request = { method: `METHOD${n}`, url: n % 2 === 0 ? `/path-${n}` : `/graphql?tenant=${n}` };
    listener(request as never, response as never);
    close();
  }
  expect(scrapes.counts("servo_http_requests_total")).toEqual({
    "other other 404": 5000,
    "other /graphql 404": 5000,
  });
});

describe("after a busy run", () => {
  let runs = 0;

  async function busyRun() {
    const opened = open();
    const ids: string[] = [];
    runs += 1;
    const tenants = [`tenant-of-run-${runs}`, `globex.example.${runs}`];
    for (const tenant of tenants) {
      const client = opened.asTenant(tenant);
      const [top, bottom] = [
        await createAsset(client, {
          name: `chosen-name-${tenant}`,
          owner: "chosen-owner",
          tags: ["chosen-tag"],
        }),
        await createAsset(client),
      ];
      await link(client, [[top.id, bottom.id]]);
      const workflow = await createWorkflow(client);
      const execution = await createExecution(client, workflow.id, { idempotencyKey: "chosen-key" });
      ids.push(top.id, bottom.id, workflow.id, execution.id);
      await client.query(`query ChosenOperation {
        chosenAlias: assets(filter: { tags: { any: ["chosen-tag"] } }) { nodes { id name } totalCount }
        lineage(assetId: "${bottom.id}", direction: BOTH) { completeness nodes { asset { name } } edges { dependencyType } }
        executions { nodes { workflow { name assets { asset { id } } } } }
      }`);
      for (const document of [
        `query ChosenOperation { asset(id: "chosen-id") { id } }`,
        `mutation { createAsset(input: { name: "chosen-name-${tenant}", assetType: "chosen-type" }) { asset { id } } }`,
        "query ChosenOperation { chosenField }",
        "chosen text",
      ])
        await client.send(document, { chosenVariable: "chosen-value" });
      await opened.fetch("/graphql", sent({ query: "{ __typename }" }, { "x-tenant-id": `~${tenant}` }));
    }
    return { ...opened, tenants, ids };
  }

  it("no tenant, no id and nothing that a client chose is told", async () => {
    const { scrapes, tenants, ids } = await busyRun();
    const { text } = scrapes;
    for (const word of [...tenants, ...ids, "chosen", "~global"])
      expect(text.toLowerCase()).not.toContain(word);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/i);
    expect(text).not.toMatch(/select|insert into|tenant_id/i);
  });

  it("every label has one of the values that it may have", async () => {
    const { scrapes } = await busyRun();
    const samples = service(scrapes);
    const valuesOf = (label: string, prefix: string) =>
      new Set(
        samples.filter(({ name }) => name.startsWith(prefix)).flatMap(({ labels }) => labels[label] ?? []),
      );
    const fields = ["query", "mutation"].flatMap((type) =>
      Object.keys((type === "query" ? schema.getQueryType() : schema.getMutationType())?.getFields() ?? {}),
    );
    expect(["several", "introspection", "none", ...fields]).toEqual(
      expect.arrayContaining([...valuesOf("field", "servo_graphql_")]),
    );
    expect(["query", "mutation", "none"]).toEqual(
      expect.arrayContaining([...valuesOf("type", "servo_graphql_")]),
    );
    expect(operationNames()).toEqual(expect.arrayContaining([...valuesOf("operation", "servo_db_")]));
    expect(["lineage.find", "lineage.count", "lineage.findPaths"]).toEqual(
      expect.arrayContaining([...valuesOf("method", "servo_lineage_")]),
    );
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    const known = [
      "version",
      "method",
      "path",
      "status",
      "type",
      "field",
      "code",
      "lane",
      "outcome",
      "operation",
    ];
    expect([...known, "kind", "completeness", "le"]).toEqual(expect.arrayContaining([...labels]));
  });
});

/** The names of repositories' methods, which are words of the source. */
function operationNames(): string[] {
  const modules = new URL("../../src/modules/", import.meta.url);
  const files = readdirSync(modules, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  return files.flatMap((file) => {
    const code = readFileSync(new URL(file, modules), "utf8");
    return [...code.matchAll(/"((?:asset|workflow|execution|dependency|lineage)\.\w+)"/g)].map(
      ([, name = ""]) => name,
    );
  });
}

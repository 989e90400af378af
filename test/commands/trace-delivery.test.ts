import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LogLine } from "../support/log-lines.ts";
import { type Outcome, prepareProgram } from "../support/program.ts";
import { prepareStorage } from "../support/storage.ts";
import { prepareTraceReceiver } from "../support/trace-receiver.ts";

const test = prepareProgram();
const storage = prepareStorage();
const receiver = prepareTraceReceiver();

const serve = (environment: Readonly<Record<string, string>>) =>
  test.serve({
    DATABASE_URL: storage.database.applicationUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    SLOW_OPERATION_MS: "60000",
    ...environment,
  });

/** Each makes five spans. A batch has 512, and is sent at once when it is full. */
const ask = async (graphql: (query: string) => Promise<unknown>, times = 1) => {
  for (let done = 0; done < times; done += 1) await graphql("{ assets { totalCount } }");
};

const aboutTraces = ({ stdout }: Outcome): LogLine[] =>
  stdout
    .split("\n")
    .filter((line) => line.includes("Traces "))
    .map((line) => JSON.parse(line));

describe("a collector that is away harms nobody:", () => {
  it("one that refuses connections is told of once, in threads too, and does not hold up the end", async () => {
    const { url } = receiver.current;
    await receiver.current.stop();
    const { graphql, program } = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_TIMEOUT: "300",
      HEAVY_WORKERS: "1",
    });
    await graphql("{ assets(first: 1000) { nodes { id name } } }");
    await ask(graphql, 110);
    await program.untilItSays(/Traces cannot be delivered/);
    await ask(graphql, 110);
    const before = performance.now();
    const outcome = await program.end();
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toBe("");
    expect(performance.now() - before).toBeLessThan(10_000);
    const told = aboutTraces(outcome);
    expect(told).toMatchObject(
      told.map(() => ({
        level: "WARN",
        message: "Traces cannot be delivered",
        error: { message: expect.stringContaining("ECONNREFUSED") },
      })),
    );
    // By the main thread, and by the other when it ends.
    expect(told.length).toBeLessThanOrEqual(2);
    for (const line of told) expect(line).not.toHaveProperty("trace_id");
    await receiver.current.start();
  });

  it("one that does not answer does not hold up the end for longer than OTEL_EXPORTER_OTLP_TIMEOUT", async () => {
    receiver.current.answer = () => undefined;
    const { graphql, program } = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.current.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: "500",
      HEAVY_WORKERS: "0",
    });
    await ask(graphql);
    const before = performance.now();
    const outcome = await program.end();
    expect(outcome.code).toBe(0);
    expect(receiver.current.deliveries).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(aboutTraces(outcome)).toMatchObject([{ message: "Traces cannot be delivered" }]);
  });

  it("one that refuses spans and takes later ones is told of with how many were lost", async () => {
    receiver.current.answer = (response) => response.writeHead(400).end("{}");
    const { graphql, program } = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.current.url,
      HEAVY_WORKERS: "0",
    });
    await ask(graphql, 120);
    await program.untilItSays(/Traces cannot be delivered/);
    receiver.current.answer = (response) => response.end("{}");
    const refused = receiver.current.spans.length;
    await ask(graphql);
    expect(aboutTraces(await program.end())).toMatchObject([
      { level: "WARN", message: "Traces cannot be delivered" },
      { level: "INFO", message: "Traces are delivered again", lost_spans: refused },
    ]);
  });
});

describe("without traces", () => {
  it.each<[string, Record<string, string>]>([
    ["because nobody asks for them", {}],
    ["because they are switched off", { OTEL_SDK_DISABLED: "true" }],
  ])("nothing of them is loaded, and nothing sent, %s", async (_, environment) => {
    const coverage = join(test.folder(), "coverage");
    mkdirSync(coverage);
    const isOff = "OTEL_SDK_DISABLED" in environment;
    const { graphql, program } = await serve({
      ...environment,
      ...(isOff ? { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.current.url } : {}),
      HEAVY_WORKERS: "1",
      NODE_V8_COVERAGE: coverage,
    });
    await ask(graphql);
    await graphql("{ assets(first: 1000) { nodes { id name } } }");
    expect((await program.end()).code).toBe(0);
    expect(receiver.current.connections).toBe(0);
    const loaded = readdirSync(coverage).flatMap((name) => loadedIn(join(coverage, name)));
    expect(loaded.filter((script) => script.endsWith("program/worker.js"))).toHaveLength(1);
    expect(loaded.filter((script) => script.includes("opentelemetry"))).toEqual([]);
  });

  it("a program that has them loads what the others do not", async () => {
    const coverage = join(test.folder(), "coverage");
    mkdirSync(coverage);
    const { graphql, program } = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.current.url,
      HEAVY_WORKERS: "0",
      NODE_V8_COVERAGE: coverage,
    });
    await ask(graphql);
    await program.end();
    const loaded = readdirSync(coverage).flatMap((name) => loadedIn(join(coverage, name)));
    expect(loaded.filter((script) => script.includes("opentelemetry"))).not.toEqual([]);
  });
});

/** The scripts that a thread had loaded. */
function loadedIn(file: string): string[] {
  const { result } = JSON.parse(readFileSync(file, "utf8")) as { result: readonly { url: string }[] };
  return result.map(({ url }) => url);
}

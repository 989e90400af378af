import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect } from "vitest";
import { z } from "zod";

const attributes = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]])));

const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  /** 1: internal, 2: server, 3: client. */
  kind: z.number(),
  attributes,
  /** 2: failed. */
  status: z.object({ code: z.number() }),
  events: z.array(z.object({ name: z.string() })),
});

/** A body of OTLP/JSON. */
const body = z.object({
  resourceSpans: z.array(
    z.object({ resource: z.object({ attributes }), scopeSpans: z.array(z.object({ spans: z.array(span) })) }),
  ),
});

/** A span as a collector gets it. */
export type ReceivedSpan = z.output<typeof span>;

/** What it was sent in one request. */
interface Delivery {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A collector of a test: a server on loopback that keeps what it is sent. */
export class TraceReceiver {
  readonly #server: Server;
  readonly deliveries: Delivery[] = [];
  /** How many connections were made to it. */
  connections = 0;
  /** How it answers; default: it has got it. */
  answer: (response: ServerResponse) => void = (response) => response.end("{}");

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      this.deliveries.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      this.answer(response.setHeader("content-type", "application/json"));
    });
    this.#server.on("connection", () => {
      this.connections += 1;
    });
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Also cuts off who waits. */
  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All that it was sent, as text. */
  get text(): string {
    return this.deliveries.map((delivery) => delivery.body.toString("utf8")).join("\n");
  }

  /** The spans that it was sent as OTLP/JSON, and what their resources say. */
  get spans(): ReceivedSpan[] {
    return this.#resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  }

  get resources(): Readonly<Record<string, unknown>>[] {
    return this.#resourceSpans.map(({ resource }) => resource.attributes);
  }

  /** The only span of a name. */
  span(name: string, kind?: number): ReceivedSpan {
    const found = this.spans.filter((each) => each.name === name && (kind ?? each.kind) === each.kind);
    const [only] = found;
    if (only === undefined || found.length > 1)
      expect.fail(`${found.length} spans are named ${name}:\n${this.spans.map((each) => each.name)}`);
    return only;
  }

  get #resourceSpans() {
    return this.deliveries.flatMap(
      (each) => body.parse(JSON.parse(each.body.toString("utf8"))).resourceSpans,
    );
  }
}

/** Gives each test of a file a receiver of its own. */
export function prepareTraceReceiver(): { readonly current: TraceReceiver } {
  const holder = { current: new TraceReceiver() };
  beforeEach(async () => {
    holder.current = new TraceReceiver();
    await holder.current.start();
  });
  afterEach(() => holder.current.stop());
  return holder;
}

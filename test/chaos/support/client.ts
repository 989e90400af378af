import { randomUUID } from "node:crypto";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { type Answer, readAnswer } from "../../support/answer.ts";

/** A request, and what came of it. Times are those of `performance.now()`, in milliseconds. */
export interface Exchange<Data = unknown> {
  /** As the server's log tells it. */
  readonly requestId: string;
  readonly sentAt: number;
  readonly endedAt: number;
  /**
   * `OK`; or the code of the answer's first error, as `UNAVAILABLE`; or where there was no answer, that of the system, as
   * `ECONNREFUSED` and `ECONNRESET`, or `NO_ANSWER` after a minute.
   */
  readonly code: string;
  /** Undefined where there was none. */
  readonly answer: Answer<Data> | undefined;
  /** Whether its connection had served an earlier request, so that the server had accepted it. */
  readonly reused: boolean;
}

/** How long an answer is waited for: longer than any that is promised. */
const PATIENCE_MS = 60_000;

/** Somebody who asks a server over a connection that is kept alive, one request after the other, and notes what comes of it. */
export class HttpClient {
  readonly tenantId: string;
  readonly exchanges: Exchange[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #urlOf: () => string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param urlOf the server's address, which may be another after its next start */
  constructor(urlOf: () => string, tenantId: string) {
    this.tenantId = tenantId;
    this.#urlOf = urlOf;
    this.#headers = { "content-type": "application/json", "x-tenant-id": tenantId };
  }

  /** Never throws for want of an answer; fails where the answer is not as every one is. */
  async send<Data>(document: string, variables: object = {}): Promise<Exchange<Data>> {
    const requestId = randomUUID();
    const body = JSON.stringify({ query: document, variables });
    const sentAt = performance.now();
    const sent = request(`${this.#urlOf()}/graphql`, {
      method: "POST",
      agent: this.#agent,
      headers: { ...this.#headers, "x-request-id": requestId, "content-length": Buffer.byteLength(body) },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { answer, code } = await answerTo<Data>(sent, body);
    const times = { sentAt, endedAt: performance.now() };
    const exchange = { requestId, ...times, code, answer, reused: sent.reusedSocket };
    this.exchanges.push(exchange);
    return exchange;
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function answerTo<Data>(
  sent: ClientRequest,
  body: string,
): Promise<Pick<Exchange<Data>, "answer" | "code">> {
  let response: Response;
  try {
    response = await receive(sent, body);
  } catch (error) {
    return { answer: undefined, code: codeOf(error) };
  }
  const answer = await readAnswer<Data>(response);
  return { answer, code: answer.errors[0]?.extensions.code ?? "OK" };
}

async function receive(sent: ClientRequest, body: string): Promise<Response> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject).end(body);
  });
  return new Response(await text(incoming), { status: incoming.statusCode ?? 0 });
}

function codeOf(error: unknown): string {
  const { code = String(error), name } = error as NodeJS.ErrnoException;
  return name === "AbortError" || name === "TimeoutError" ? "NO_ANSWER" : code;
}

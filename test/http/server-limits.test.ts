import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { listen } from "../../src/http/server.ts";
import type { Timeouts } from "../../src/limits.ts";
import { prepareApi } from "../support/graphql.ts";
import { collectLogLines } from "../support/log-lines.ts";

const api = prepareApi({ limits: { maxBodyBytes: 4096 } });

const HEADERS =
  "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-tenant-id: acme\r\ncontent-type: application/json\r\n";
const CHUNKED = `${HEADERS}transfer-encoding: chunked\r\n\r\n`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** A connection to a server of its own, with what comes back. */
async function open(timeouts: Partial<Timeouts> = {}) {
  const { lines, logger } = collectLogLines();
  const server = await listen(api.app, { host: "127.0.0.1", port: 0, timeouts, logger });
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  onTestFinished(async () => {
    socket.destroy();
    await server.close(1000);
  });
  await once(socket, "connect");
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  // The server may hang up while something is still being sent.
  socket.on("error", () => {});
  return { socket, lines, received: () => received, closed: once(socket, "close").then(() => received) };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5);
}

/** The ids that a connection's answers tell. */
const idsIn = (text: string) => [...text.matchAll(/^x-request-id: (.+)\r$/gim)].map(([, id]) => id);

/** Sends until the server hangs up. */
async function trickle(socket: Socket, text: string): Promise<void> {
  while (socket.writable) {
    socket.write(text);
    await delay(20);
  }
}

describe("a body is counted while it arrives:", () => {
  it("one of unknown length is refused when it passes the limit, and not at its end", async () => {
    const { socket, received } = await open();
    socket.write(CHUNKED);
    // Never ended: whoever waited for the end would wait for ever.
    for (let sent = 0; sent < 8192; sent += 1024) socket.write(chunk(" ".repeat(1024)));
    await until(() => received().includes("\r\n\r\n") && received().includes("}"));
    expect(received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(received()).toContain('"code":"LIMIT_EXCEEDED"');
    expect(received()).toContain("The request body has more than 4096 bytes (MAX_BODY_BYTES).");
  });

  it("one that says that it is longer is refused before it is sent", async () => {
    const { socket, received } = await open();
    socket.write(`${HEADERS}content-length: 20000000\r\n\r\n`);
    await until(() => received().includes("}"));
    expect(received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(received()).toContain('"code":"LIMIT_EXCEEDED"');
  });

  it("one in many pieces within the limit is answered", async () => {
    const { socket, received } = await open();
    socket.write(CHUNKED);
    for (const text of ['{ "query"', ': "{ __type', 'name }" }', " ".repeat(3000)]) socket.write(chunk(text));
    socket.write("0\r\n\r\n");
    await until(() => received().includes("}}"));
    expect(received()).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("a connection is closed", () => {
  it("when its headers do not arrive in time", async () => {
    const { socket, closed } = await open({ requestTimeoutMs: 60_000, headersTimeoutMs: 100 });
    socket.write("POST /graphql HTTP/1.1\r\n");
    void trickle(socket, "x-slow: 1\r\n");
    expect(await closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("when its body does not arrive in time", async () => {
    const { socket, closed } = await open({ requestTimeoutMs: 200, headersTimeoutMs: 200 });
    socket.write(CHUNKED);
    void trickle(socket, chunk(" "));
    expect(await closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("when no next request comes in time", async () => {
    const { socket, closed } = await open({ keepAliveTimeoutMs: 50 });
    socket.write(`${HEADERS}content-length: 24\r\n\r\n{"query":"{__typename}"}`);
    expect(await closed).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("not before, and the server serves on", async () => {
    const { socket, received } = await open({ keepAliveTimeoutMs: 60_000 });
    for (const times of [1, 2]) {
      socket.write(`${HEADERS}content-length: 24\r\n\r\n{"query":"{__typename}"}`);
      await until(() => received().split("HTTP/1.1 200 ").length === times + 1);
    }
    expect(socket.writable).toBe(true);
  });
});

describe("what is no request is answered with an id, which the log tells with the reason:", () => {
  it.each<[what: string, text: string, status: number, reason: string]>([
    ["no HTTP", "hello\r\n\r\n", 400, "HPE_INVALID_METHOD"],
    ["another protocol", "\x16\x03\x01\x00\xa5", 400, "HPE_INVALID_METHOD"],
    ["a header that is none", "GET / HTTP/1.1\r\nhost\r\n\r\n", 400, "HPE_INVALID_HEADER_TOKEN"],
    [
      "two lengths",
      `${HEADERS}content-length: 1\r\ncontent-length: 2\r\n\r\n`,
      400,
      "HPE_UNEXPECTED_CONTENT_LENGTH",
    ],
    ["more headers than may be", `${HEADERS}x: ${"x".repeat(20_000)}\r\n\r\n`, 431, "HPE_HEADER_OVERFLOW"],
  ])("%s", async (_, text, status, reason) => {
    const { socket, closed, lines } = await open();
    socket.write(text, "latin1");
    const received = await closed;
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z].*\r\nConnection: close\r\n`));
    const [id] = idsIn(received);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines).toEqual([
      {
        ...{ level: "INFO", timestamp: expect.any(String), message: "Malformed request refused" },
        ...{ request_id: id, status, reason },
      },
    ]);
  });

  it("a body that stays away, with the id of its request", async () => {
    const { socket, closed, lines } = await open({ requestTimeoutMs: 200, headersTimeoutMs: 200 });
    socket.write(CHUNKED.replace("\r\n\r\n", "\r\nx-request-id: slow-1\r\n\r\n"));
    expect(idsIn(await closed)).toEqual(["slow-1"]);
    expect(lines).toMatchObject([{ request_id: "slow-1", status: 408, reason: "ERR_HTTP_REQUEST_TIMEOUT" }]);
    const late = () => api.lines.filter(({ request_id }) => request_id === "slow-1");
    await until(() => late().length > 0);
    expect(late()).toMatchObject([{ message: "Request not answered: its connection is gone" }]);
  });

  it("also after a request that was answered", async () => {
    const { socket, received, closed, lines } = await open();
    socket.write(`${HEADERS}content-length: 24\r\n\r\n{"query":"{__typename}"}`);
    await until(() => received().includes("__typename"));
    socket.write("hello\r\n\r\n");
    expect((await closed).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
    expect(lines).toHaveLength(1);
  });

  it("of clients that hang up nothing is told", async () => {
    const { socket, lines } = await open();
    socket.write("POST /graphql HTTP/1.1\r\nho");
    await delay(50);
    socket.resetAndDestroy();
    await delay(100);
    expect(lines).toEqual([]);
  });

  it("no Host, as HTTP/1.1 asks for it and HTTP/1.0 does not", async () => {
    const { socket, received, lines } = await open();
    socket.write("GET /graphql?query={__typename} HTTP/1.1\r\nx-request-id: none-1\r\n\r\n");
    await until(() => received().endsWith("}"));
    expect(received()).toMatch(/^HTTP\/1\.1 400 /);
    expect(idsIn(received())).toEqual(["none-1"]);
    expect(lines).toMatchObject([{ request_id: "none-1", status: 400 }]);
    const old = await open();
    old.socket.write("GET /graphql?query={__typename} HTTP/1.0\r\n\r\n");
    expect(await old.closed).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("an address that is none is refused, and tells nothing of the program:", () => {
  it.each(["a, b", "a b", "[::", "u:p@evil:99999", "a/b\\c", "%"])("Host: %s", async (host) => {
    const { socket, received, lines } = await open();
    for (const target of ["/graphql?query={__typename}", "/health/live"]) {
      socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      const before = received().length;
      await until(() => received().length > before && received().endsWith("}"));
    }
    expect(received().match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400", "HTTP/1.1 400"]);
    expect(received()).toContain('"code":"BAD_USER_INPUT"');
    expect(received()).not.toMatch(/node_modules|node:internal|TypeError/);
    expect(lines).toMatchObject(idsIn(received()).map((id) => ({ request_id: id, status: 400 })));
    expect(lines).toHaveLength(2);
  });

  it.each(["localhost", "localhost:80", "[::1]:4000", "ui.example"])("but not Host: %s", async (host) => {
    const { socket, received } = await open();
    socket.write(`GET /graphql?query={__typename} HTTP/1.1\r\nhost: ${host}\r\nx-tenant-id: acme\r\n\r\n`);
    await until(() => received().includes("__typename"));
    expect(received()).toMatch(/^HTTP\/1\.1 200 /);
  });
});

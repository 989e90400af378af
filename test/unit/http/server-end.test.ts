import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { type HttpServer, listen } from "../../../src/http/server.ts";

/** Longer than any of these tests: what waits for it hangs. */
const LONG_MS = 60_000;

const GET = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\n";

interface Started extends HttpServer {
  /** Those that are held until somebody ends them; each says what its request brought. */
  readonly held: ServerResponse[];
  /** A connection, with all that comes back on it. */
  open(): Promise<{ socket: Socket; received: () => string; closed: Promise<string> }>;
}

/** A server that answers with the body it was sent: at once, or when its response is ended. */
async function start({ hold = false } = {}): Promise<Started> {
  const held: ServerResponse[] = [];
  const server = await listen(
    (request, response) => {
      if (hold) held.push(response);
      void text(request).then(
        (body) => hold || response.end(body),
        () => {},
      );
    },
    { host: "127.0.0.1", port: 0 },
  );
  onTestFinished(async () => {
    await server.close(0).catch(() => {}); // most have ended by then
  });
  return {
    ...server,
    held,
    async open() {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      await once(socket, "connect");
      let received = "";
      socket.setEncoding("utf8").on("data", (piece: string) => {
        received += piece;
      });
      const closed = once(socket, "close").then(() => received);
      return { socket, received: () => received, closed };
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5);
}

const answersIn = (received: string) => received.match(/^HTTP\/1\.1 \d+/gm) ?? [];
const endsIn = (received: string) => received.match(/^connection: .*$/gim) ?? [];
const OK = "HTTP/1.1 200";

describe("while a server announces its end", () => {
  it("it takes connections and answers, and each answer ends its connection", async () => {
    const server = await start();
    const { socket, received, closed } = await server.open();
    socket.write(GET);
    await until(() => answersIn(received()).length === 1);
    expect(endsIn(received())).toEqual(["Connection: keep-alive"]);
    server.announceEnd();
    socket.write(GET);
    const other = await server.open();
    other.socket.write(GET);
    expect(endsIn(await closed)).toEqual(["Connection: keep-alive", "Connection: close"]);
    expect(endsIn(await other.closed)).toEqual(["Connection: close"]);
  });

  it("an idle connection stays open", async () => {
    const server = await start();
    const { socket } = await server.open();
    server.announceEnd();
    await delay(700);
    expect(socket.closed).toBe(false);
  });
});

describe("when a server ends", () => {
  it.each([
    ["of which a part", "12"],
    ["of which all", "1234"],
  ])("it does not wait for what follows a body %s comes after its answer", async (_, rest) => {
    const server = await start({ hold: true });
    const { socket, received, closed } = await server.open();
    socket.write(POST);
    await until(() => server.held.length === 1);
    server.held[0]?.end("refused");
    await until(() => answersIn(received()).length === 1);
    socket.write(rest);
    await delay(50);
    await server.close(LONG_MS);
    await closed;
  });

  it("it takes no more connections, and the answer to what runs ends its own", async () => {
    const server = await start({ hold: true });
    const { socket, closed } = await server.open();
    socket.write(GET);
    await until(() => server.held.length === 1);
    const ended = server.close(LONG_MS);
    await until(() => !server.held[0]?.shouldKeepAlive);
    await expect(server.open()).rejects.toThrow("ECONNREFUSED");
    server.held[0]?.end("late");
    expect(await closed).toMatch(/late$/);
    expect(await ended).toBe(0);
  });

  it("connections are answered that the kernel has taken, and the server has not yet", async () => {
    const server = await start();
    const opening = Array.from({ length: 30 }, () => server.open());
    const ended = server.close(LONG_MS);
    for (const { socket } of await Promise.all(opening)) socket.write(GET);
    for (const { closed } of await Promise.all(opening)) expect(answersIn(await closed)).toEqual([OK]);
    expect(await ended).toBe(0);
  });

  it("a request is answered that comes on an idle connection meanwhile", async () => {
    const server = await start();
    const { socket, received, closed } = await server.open();
    socket.write(GET);
    await until(() => answersIn(received()).length === 1);
    const ended = server.close(LONG_MS);
    await delay(100);
    socket.write(GET);
    expect(answersIn(await closed)).toEqual([OK, OK]);
    expect(await ended).toBe(0);
  });

  it.each([
    ["an answered one", GET],
    ["one that never sent anything", ""],
  ])("it does not wait for idle connections: %s", async (_, sent) => {
    const server = await start();
    const { socket, received, closed } = await server.open();
    socket.write(sent);
    await until(() => answersIn(received()).length === (sent === "" ? 0 : 1));
    expect(await server.close(LONG_MS)).toBe(0);
    await closed;
  });

  it.each([
    ["of which the headers have come in part", GET.slice(0, 20), GET.slice(20), OK],
    ["of which the body has not come yet", `${POST}ab`, "cd", "abcd"],
  ])("a request is answered %s", async (_, begin, rest, answer) => {
    const server = await start();
    const { socket, closed } = await server.open();
    socket.write(begin);
    await delay(50); // it has come, but says nothing yet
    const ended = server.close(LONG_MS);
    await delay(1000);
    socket.write(rest);
    expect(await closed).toContain(answer);
    expect(await ended).toBe(0);
  });

  it("requests are answered that were sent one behind the other, and the last ends the connection", async () => {
    const server = await start({ hold: true });
    const { socket, closed } = await server.open();
    socket.write(GET + GET);
    await until(() => server.held.length === 2);
    const ended = server.close(LONG_MS);
    await delay(100);
    socket.write(GET);
    await until(() => server.held.length === 3);
    for (const [number, response] of server.held.entries()) response.end(`answer ${number}`);
    const received = await closed;
    expect(received.match(/answer \d/g)).toEqual(["answer 0", "answer 1", "answer 2"]);
    expect(endsIn(received)).toEqual([
      "Connection: keep-alive",
      "Connection: keep-alive",
      "Connection: close",
    ]);
    expect(await ended).toBe(0);
  });

  it("it cuts off what runs for longer than it may, and says how many requests that were", async () => {
    const server = await start({ hold: true });
    const [first, second, idle] = [await server.open(), await server.open(), await server.open()];
    first.socket.write(GET + GET);
    second.socket.write(GET);
    await until(() => server.held.length === 3);
    expect(await server.close(100)).toBe(3);
    for (const each of [first, second, idle]) expect(await each.closed).toBe("");
  });
});

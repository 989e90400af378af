import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { listen } from "../../src/http/server.ts";
import type { OpenedApi } from "./graphql.ts";

/** Clients of a real server that keep their only connection, as a browser or a gateway does. */
export async function openKeptConnection({ app }: Pick<OpenedApi, "app">) {
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    agent.destroy();
    await server.close(0);
  });
  const send = (method: string, target: string, body?: string) => {
    const headers = { "content-type": "application/json", "x-tenant-id": "acme" };
    const sent = request(new URL(target, server.url), { method, agent, headers }).end(body);
    return { sent, answer: answerTo(sent) };
  };
  return {
    post: (query: string) => send("POST", "/graphql", JSON.stringify({ query })),
    get: (query: string) => send("GET", `/graphql?query=${encodeURIComponent(query)}`),
  };
}

async function answerTo(sent: ClientRequest): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    sent.once("response", resolve).once("error", reject),
  );
  return text(response);
}

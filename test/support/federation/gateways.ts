import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "graphql";
import { afterAll, beforeAll, expect } from "vitest";
import { findFreePort } from "../../../src/db/embedded/port.ts";
import { makeFolder, removeFolder } from "../embedded-server.ts";
import { type AppFetch, Client } from "../graphql.ts";
import { RunningProgram } from "../program.ts";
import { exampleFolder } from "./example.ts";
import type { Graph } from "./graph.ts";

/** How each gateway is started with the supergraph in a file. */
const COMMANDS = {
  "Apollo Gateway": ["apollo-gateway.js"],
  "Hive Gateway": ["node_modules/@graphql-hive/gateway/dist/bin.js", "supergraph"],
} as const;

export type GatewayName = keyof typeof COMMANDS;
export const GATEWAYS = Object.keys(COMMANDS) as readonly GatewayName[];

/** A gateway that runs as the example runs it. */
export interface Gateway {
  /** `http://127.0.0.1:4000`, with the port that it has. */
  readonly url: string;
  asTenant(tenantId: string): Client;
  /** Who asks with just these headers. */
  with(headers: Readonly<Record<string, string>>): Client;
}

/**
 * Starts a gateway before the tests of a `describe`, and ends it after them.
 * @param options more of its command line
 */
export function prepareGateway(name: GatewayName, graph: Graph, ...options: readonly string[]): Gateway {
  let folder = "";
  let program: RunningProgram | undefined;
  let url = "";

  beforeAll(async () => {
    folder = makeFolder();
    const supergraph = join(folder, "supergraph.graphql");
    writeFileSync(supergraph, graph.supergraph);
    const port = await findFreePort(undefined);
    const args = [...COMMANDS[name], supergraph, "--port", String(port), ...options];
    const child = spawn(process.execPath, args, {
      cwd: exampleFolder,
      env: { PATH: process.env.PATH, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    program = new RunningProgram(child);
    [url = ""] = await program.untilItSays(/http:\/\/127\.0\.0\.1:\d+/);
  });
  afterAll(async () => {
    const outcome = await program?.end();
    removeFolder(folder);
    expect(outcome).toMatchObject({ signal: expect.toBeOneOf([null, "SIGTERM"]) });
  });

  const fetchHere: AppFetch = async (path, init) => withoutRemarks(await fetch(new URL(path, url), init));
  return {
    get url() {
      return url;
    },
    asTenant: (tenantId) => new Client(fetchHere, { "x-tenant-id": tenantId }),
    with: (headers) => new Client(fetchHere, headers),
  };
}

/** An answer without what gateways add: which subgraph an error is of, and remarks of their own. */
async function withoutRemarks(response: Response): Promise<Response> {
  const { status, headers } = response;
  const { extensions, ...body } = (await response.json()) as ExecutionResult;
  for (const error of body.errors ?? []) delete error.extensions.serviceName;
  return new Response(JSON.stringify(body), { status, headers });
}

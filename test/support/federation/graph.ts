import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type HttpServer, listen } from "../../../src/http/server.ts";
import type { TestApi } from "../graphql.ts";
import { runInExample } from "./example.ts";
import { type OtherSubgraph, serveAlarms, serveNotes } from "./other-subgraphs.ts";

/** The API and two other subgraphs, each at an address of its own, and what they compose to. */
export interface Graph {
  readonly supergraph: string;
  readonly storage: {
    /** The headers of each request that came in this test. */
    readonly received: IncomingHttpHeaders[];
    /** Puts another app at the API's address, for one test. */
    serve(app: RequestListener): void;
  };
  readonly notes: OtherSubgraph;
  readonly alarms: OtherSubgraph;
}

/** Serves a test file's API and two other subgraphs, and composes them as the example does. */
export function prepareGraph(api: TestApi): Graph {
  const received: IncomingHttpHeaders[] = [];
  let app: RequestListener = () => {};
  let server: HttpServer | undefined;
  let ready: { supergraph: string; notes: OtherSubgraph; alarms: OtherSubgraph } | undefined;
  const opened = () => {
    if (ready === undefined) throw new Error("the graph is there from beforeAll on");
    return ready;
  };

  beforeAll(async () => {
    app = api.app;
    const handler: RequestListener = (request, response) => {
      received.push(request.headers);
      app(request, response);
    };
    server = await listen(handler, { host: "127.0.0.1", port: 0 });
    const [notes, alarms] = await Promise.all([serveNotes(), serveAlarms()]);
    const subgraphs = [{ name: "storage", url: `${server.url}/graphql` }, notes, alarms];
    const supergraph = await runInExample(
      "compose.js",
      ...subgraphs.map(({ name, url }) => `${name}=${url}`),
    );
    ready = { supergraph, notes, alarms };
  });
  beforeEach(() => {
    app = api.app;
    received.length = 0;
    for (const other of [opened().notes, opened().alarms]) {
      Object.assign(other, { failure: undefined, absent: false });
      other.received.length = 0;
    }
  });
  afterAll(async () => {
    await Promise.all([server?.close(0), ready?.notes.close(), ready?.alarms.close()]);
  });

  return {
    storage: {
      received,
      serve: (other) => {
        app = other;
      },
    },
    get supergraph() {
      return opened().supergraph;
    },
    get notes() {
      return opened().notes;
    },
    get alarms() {
      return opened().alarms;
    },
  };
}

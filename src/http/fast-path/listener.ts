import type { IncomingMessage, ServerResponse } from "node:http";
import type { HandedOver } from "../handover.ts";
import type { FastPath } from "./fast-path.ts";
import { NodeRequest, requestOfFetch } from "./regular-request.ts";

/** What answers requests that Node has received, and those that the program itself has made. */
interface Handler {
  (request: IncomingMessage, response: ServerResponse, ...context: HandedOver[]): unknown;
  fetch(request: Request, ...context: HandedOver[]): Response | Promise<Response>;
}

/** The HTTP application: a listener for Node's server, and a fetch handler. */
export interface App {
  (request: IncomingMessage, response: ServerResponse): void;
  fetch(request: Request): Promise<Response>;
}

/** What answers by the fast path what is regular, and has Yoga answer all else. */
export function onFastPath(path: FastPath | undefined, yoga: Handler): App {
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await path?.take(new NodeRequest(request, response, path.limits));
    if (answer === undefined) return void yoga(request, response);
    if (answer === "gone") return;
    if (!("body" in answer)) return void yoga(request, response, { handover: answer });
    response.writeHead(200, answer.headers);
    response.end(answer.body);
  };
  const fetch = async (request: Request): Promise<Response> => {
    const answer = await path?.take(requestOfFetch(request, path.limits));
    if (answer === undefined) return yoga.fetch(request);
    if (answer === "gone") throw request.signal.reason;
    return "body" in answer
      ? new Response(answer.body, { headers: answer.headers })
      : yoga.fetch(request, { handover: answer });
  };
  return Object.assign(
    (request: IncomingMessage, response: ServerResponse) =>
      void listener(request, response).catch((error: unknown) => {
        path?.tellFailure(error);
        response.destroy();
      }),
    { fetch },
  );
}

import type { FetchAPI, Plugin } from "graphql-yoga";
import type { Probe } from "../db/probe.ts";

interface Health {
  readonly isWell: boolean;
  readonly body: object;
}

const LIVE: Health = { isWell: true, body: { status: "live" } };
const SHUTTING_DOWN: Health = { isWell: false, body: { status: "shutting down" } };

/**
 * `/health/live`: the process answers, whatever the database does. `/health/ready`: it can serve, and is not shutting down;
 * otherwise it answers 503 and names the check that failed. Anybody may ask, by GET or HEAD.
 */
export function useHealth(probe: Pick<Probe, "look">, isShuttingDown: () => boolean): Plugin {
  const readiness = async (): Promise<Health> => {
    if (isShuttingDown()) return SHUTTING_DOWN;
    const { isReady, checks } = await probe.look();
    return { isWell: isReady, body: { status: isReady ? "ready" : "unavailable", checks } };
  };
  const answer = async (pathname: string, method: string, { Response }: Pick<FetchAPI, "Response">) => {
    if (method !== "GET" && method !== "HEAD")
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    const { isWell, body } = pathname === "/health/live" ? LIVE : await readiness();
    const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
    const text = method === "HEAD" ? null : JSON.stringify(body);
    return new Response(text, { status: isWell ? 200 : 503, headers });
  };
  return {
    onRequest({ request: { method }, url: { pathname }, fetchAPI, endResponse }) {
      if (pathname !== "/health/live" && pathname !== "/health/ready") return;
      return answer(pathname, method, fetchAPI).then(endResponse);
    },
  };
}

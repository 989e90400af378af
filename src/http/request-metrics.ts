import type { RequestListener } from "node:http";
import type { RequestMetrics } from "../metrics/request-metrics.ts";

/** What is told of a request must not be the client's choice. */
const METHODS = ["GET", "HEAD", "POST", "OPTIONS"];
const PATHS = ["/", "/graphql", "/health/live", "/health/ready"];
const OTHER = "other";

/** The same listener, with its requests counted when they are answered. */
export function measureRequests(listener: RequestListener, metrics: RequestMetrics): RequestListener {
  return (request, response) => {
    const started = performance.now();
    response.once("close", () => {
      const { method = "", url = "" } = request;
      const path = url.split("?", 1)[0] ?? "";
      metrics.answered({
        method: METHODS.includes(method) ? method : OTHER,
        path: PATHS.includes(path) ? path : OTHER,
        status: response.writableFinished ? String(response.statusCode) : "aborted",
        seconds: (performance.now() - started) / 1000,
      });
    });
    listener(request, response);
  };
}

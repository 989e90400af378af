import type { RequestListener } from "node:http";
import type { Registry } from "../metrics/families.ts";

const TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

/** Answers Prometheus at `/metrics`, from memory alone: neither a connection nor the database is needed. */
export function metricsListener(registry: Registry): RequestListener {
  return ({ method = "", url = "" }, response) => {
    if (url.split("?", 1)[0] !== "/metrics") response.writeHead(404).end();
    else if (method !== "GET" && method !== "HEAD") response.writeHead(405, { allow: "GET, HEAD" }).end();
    else response.writeHead(200, { "content-type": TEXT_FORMAT }).end(registry.text());
  };
}

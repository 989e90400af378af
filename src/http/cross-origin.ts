import type { CORSOptions, Plugin } from "graphql-yoga";
import { ForbiddenError } from "../errors.ts";

const ALLOWED_HEADERS = ["authorization", "content-type", "x-tenant-id", "x-servo-role", "x-request-id"];

/** What Yoga answers browsers that ask on behalf of a page: nothing, unless its origin is one of these. */
export function corsFor(origins: readonly string[]): false | ((request: Request) => CORSOptions) {
  if (origins.length === 0) return false;
  return ({ headers }) => {
    const origin = headers.get("origin") ?? "";
    if (!origins.includes(origin)) return false;
    return {
      origin: [origin],
      methods: ["GET", "POST"],
      allowedHeaders: ALLOWED_HEADERS,
      exposedHeaders: ["x-request-id"],
      // Who asks is told by headers, never by cookies.
      credentials: false,
      maxAge: 600,
    };
  };
}

/**
 * Refuses what a browser sends on behalf of another host's page, unless its origin is allowed. Browsers say where a request
 * comes from in `Sec-Fetch-Site`, or over plain HTTP only in `Origin`; programs send neither.
 */
export function useCrossOrigin(origins: readonly string[]): Plugin {
  return {
    onRequestParse({ request: { headers, url } }) {
      const origin = headers.get("origin");
      if (origin !== null && origins.includes(origin)) return;
      const site = headers.get("sec-fetch-site");
      const isOwn =
        site === null
          ? origin === null || hostOf(origin) === (headers.get("host") ?? hostOf(url))
          : site === "same-origin" || site === "none";
      if (!isOwn)
        throw new ForbiddenError("Pages of another origin may not use this API; CORS_ORIGINS allows some.");
    },
    onResponse({ response }) {
      if (origins.length > 0) response.headers.append("vary", "Origin");
    },
  };
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

import type { Plugin } from "graphql-yoga";

/** Leads who opens the server's bare address to GraphiQL. */
export function useRootRedirect(): Plugin {
  return {
    onRequest({ url, fetchAPI, endResponse }) {
      if (url.pathname === "/") {
        endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: "/graphql" } }));
      }
    },
  };
}

import { setMaxListeners } from "node:events";
import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { type Limits, limitExceeded } from "../limits.ts";

/** The types that a body may have: all that a browser cannot send to another host without asking first. */
const BODIES = /^application\/(?:json|graphql\+json|graphql)(?:[;,]|$)/;

/** Refuses bodies of other types than JSON and GraphQL, and more operations in one request than there may be. */
export function useRequestLimits({ maxOperationsPerRequest }: Limits): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (request.method === "GET" && requestParser !== undefined)
        setRequestParser(readingJson(requestParser));
      if (request.method === "POST" && !BODIES.test(request.headers.get("content-type") ?? "")) {
        throw new GraphQLError("The content type must be application/json or application/graphql.", {
          extensions: { http: { status: 415 } },
        });
      }
      return {
        onRequestParseDone({ requestParserResult: operations }) {
          if (!Array.isArray(operations)) return;
          // They all listen to it.
          setMaxListeners(0, request.signal);
          if (maxOperationsPerRequest === 1)
            throw limitExceeded("A request holds one operation, and no batch", "maxOperationsPerRequest");
          if (operations.length > maxOperationsPerRequest)
            throw limitExceeded(
              `The request has ${operations.length} operations, more than ${maxOperationsPerRequest}`,
              "maxOperationsPerRequest",
            );
        },
      };
    },
  };
}

/** What is no JSON in an address is the client's mistake; of a body, Yoga says so itself. */
function readingJson<Parsed>(parse: (request: Request) => Parsed): (request: Request) => Parsed {
  return (request) => {
    try {
      return parse(request);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new GraphQLError("The parameters variables and extensions must be JSON.", {
        extensions: { http: { status: 400 } },
      });
    }
  };
}

import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Refuses an address or a form whose `variables` or `extensions` are no JSON, as a body that is none is refused. Yoga's
 * parser lets their SyntaxError through, which would be taken for a defect of this program.
 */
export function useParameterSyntax(): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (requestParser === undefined) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          if (error instanceof SyntaxError) throw INVALID;
          throw error;
        }
      });
    },
  };
}

const INVALID = new GraphQLError("The parameters variables and extensions must be JSON.", {
  extensions: { http: { status: 400 } },
});

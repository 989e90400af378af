import type { z } from "zod";
import { ConfigError, flag, listOf, text } from "./values.ts";

const origin = text.refine(
  isOrigin,
  "must be origins with commas between them, such as https://ui.example or http://localhost:5173, and no *",
);

/** What the API shows of itself, and to whom. */
export const exposureVariables = {
  CORS_ORIGINS: listOf(origin).optional(),
  INTROSPECTION: flag.optional(),
  FIELD_SUGGESTIONS: flag.optional(),
  GRAPHIQL: flag.optional(),
  TRUSTED_DOCUMENTS: text.optional(),
  TRUSTED_DOCUMENTS_ONLY: flag.default(false),
};

type Given = z.output<z.ZodObject<typeof exposureVariables>>;

/** @param isProduction whether the API keeps its schema to itself unless it is told otherwise */
export function exposureConfig(given: Given, isProduction: boolean) {
  if (given.TRUSTED_DOCUMENTS_ONLY && given.TRUSTED_DOCUMENTS === undefined)
    throw new ConfigError("TRUSTED_DOCUMENTS_ONLY", "must be 0 while TRUSTED_DOCUMENTS names no file");
  return {
    exposure: {
      corsOrigins: given.CORS_ORIGINS ?? [],
      introspection: given.INTROSPECTION ?? !isProduction,
      fieldSuggestions: given.FIELD_SUGGESTIONS ?? !isProduction,
      graphiql: given.GRAPHIQL ?? !isProduction,
      trustedDocumentsOnly: given.TRUSTED_DOCUMENTS_ONLY,
    },
    /** The file of the documents that clients may ask for by their hash. */
    trustedDocumentsFile: given.TRUSTED_DOCUMENTS,
  };
}

/** As browsers write it in `Origin`: no path, no default port, lower case. */
function isOrigin(value: string): boolean {
  return /^https?:[^*]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}

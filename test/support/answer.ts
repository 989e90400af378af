import { expect } from "vitest";
import { z } from "zod";

const shownError = z.strictObject({
  message: z.string(),
  locations: z.array(z.object({ line: z.number(), column: z.number() })).optional(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  extensions: z.strictObject({
    code: z.string(),
    inputPath: z.array(z.union([z.string(), z.number()])).optional(),
    retryable: z.boolean().optional(),
    requestId: z.string().optional(),
  }),
});

/** An error as a client sees it. */
export type ShownError = z.infer<typeof shownError>;

const envelope = z.strictObject({
  data: z.unknown().optional(),
  errors: z.array(shownError).min(1).optional(),
});

/** What a client gets. `data` is of the shape that the document asks for, which is not checked. */
export interface Answer<Data> {
  readonly status: number;
  readonly requestId: string | null;
  readonly data: Data | null | undefined;
  readonly errors: readonly ShownError[];
}

/** What a body of JSON says; fails where it is not as every answer is. */
export function parseEnvelope(body: string): z.infer<typeof envelope> {
  return envelope.parse(JSON.parse(body));
}

/** Reads and checks a GraphQL answer. A client learns the field and the rule, not how data is stored. */
export async function readAnswer<Data>(response: Response): Promise<Answer<Data>> {
  const body = await response.text();
  if (body === "") expect.fail(`expected an answer, got ${response.status} alone`);
  const { data, errors = [] } = parseEnvelope(body);
  expect(wordsOfTheStore(JSON.stringify(errors))).toEqual([]);
  return {
    status: response.status,
    requestId: response.headers.get("x-request-id"),
    data: data as Data | null | undefined,
    errors,
  };
}

/** What a client may not learn: how data is stored. */
const WORDS_OF_THE_STORE =
  /\b(?:select \w|insert into|update .* set|delete from|constraint|relation|row-level|violates|column \\?"|syntax error at or near|postgres|pg_\w+|servo_\w+)\b|asset_dependencies|asset_tags|workflow_assets|_(?:pkey|fkey|key|check)\b|\btenant_id\b|~global/gi;

/** Such words in a text, as they stand there. */
export function wordsOfTheStore(text: string): readonly string[] {
  return text.match(WORDS_OF_THE_STORE) ?? [];
}

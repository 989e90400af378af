import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../config/values.ts";

const documents = z.record(z.string().regex(/^[0-9a-f]{64}$/i), z.string());

/**
 * Reads the documents that clients may ask for: a JSON object whose keys are their SHA-256 hashes in hexadecimal.
 * @returns none where there is no such file to read
 * @throws ConfigError where it cannot be read, or is none
 */
export async function readTrustedDocuments(file: string | undefined): Promise<ReadonlyMap<string, string>> {
  if (file === undefined) return new Map();
  const parsed = documents.safeParse(await readJson(file));
  if (!parsed.success)
    throw new ConfigError(
      "TRUSTED_DOCUMENTS",
      "must name a JSON object of documents by their SHA-256 hashes",
    );
  const entries = Object.entries(parsed.data);
  return new Map(entries.map(([hash, document]) => [hash.toLowerCase(), document]));
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw new ConfigError("TRUSTED_DOCUMENTS", "must name a file that can be read");
  }
}

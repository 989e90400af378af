import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { createFile, readFileIfPresent, replaceFile } from "./private-file.ts";

const password = z.string().regex(/^[A-Za-z0-9_-]{20,}$/);
const schema = z.object({
  /** Of `postgres`; this program never uses it after the cluster is made, a person may. */
  superuserPassword: password,
  ownerPassword: password,
  applicationPassword: password,
  /** The port last used, taken again when it is free, so that saved connections stay good. */
  port: z.int().min(1).max(65_535).optional(),
});

/** The passwords of the embedded server's roles, and its port (`secret.json`, readable by its owner only). */
export type Secrets = z.infer<typeof schema>;

const fileIn = (dataDirectory: string): string => join(dataDirectory, "secret.json");

/**
 * Reads the secrets, making them on the first start.
 *
 * @param clusterExists whether a cluster was already made with them: then they cannot be made anew
 * @throws EmbeddedServerError (`folder`) when they are lost or damaged
 */
export function loadSecrets(dataDirectory: string, clusterExists: boolean): Secrets {
  const path = fileIn(dataDirectory);
  if (!clusterExists) createFile(path, JSON.stringify(makeSecrets(), null, 2));
  const text = readFileIfPresent(path);
  const secrets = text === undefined ? undefined : parse(text);
  if (secrets !== undefined) return secrets;
  throw new EmbeddedServerError(
    "folder",
    `${path}, which holds the passwords of the embedded database, is ${text === undefined ? "missing" : "damaged"}. ` +
      `Put it back from a copy, or remove ${dataDirectory} to start with an empty database.`,
  );
}

export function rememberPort(dataDirectory: string, secrets: Secrets, port: number): void {
  if (secrets.port === port) return;
  replaceFile(fileIn(dataDirectory), JSON.stringify({ ...secrets, port }, null, 2));
}

function makeSecrets(): Secrets {
  const random = (): string => randomBytes(24).toString("base64url");
  return { superuserPassword: random(), ownerPassword: random(), applicationPassword: random() };
}

function parse(text: string): Secrets | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readTrustedDocuments } from "../../src/commands/trusted-documents.ts";
import { ConfigError } from "../../src/config/values.ts";
import { prepareProgram, refusalLine } from "../support/program.ts";

const test = prepareProgram();
const DOCUMENT = "{ __typename }";
const HASH = createHash("sha256").update(DOCUMENT).digest("hex");
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "servo-documents-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string): Promise<string> {
  const file = join(folder, `${createHash("sha256").update(content).digest("hex")}.json`);
  await writeFile(file, content);
  return file;
}

it("documents are read by their hashes, and none without a file", async () => {
  const file = await fileOf(JSON.stringify({ [HASH.toUpperCase()]: DOCUMENT }));
  expect(await readTrustedDocuments(file)).toEqual(new Map([[HASH, DOCUMENT]]));
  expect(await readTrustedDocuments(undefined)).toEqual(new Map());
});

it.each(["", "{", "[]", "7", '{ "name": "{ __typename }" }', `{ "${HASH}": 7 }`, `{ "${HASH}": null }`])(
  "a file of %j is refused",
  async (content) => {
    const reading = readTrustedDocuments(await fileOf(content));
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(reading).rejects.toThrow(/^TRUSTED_DOCUMENTS must /);
  },
);

it("a file that is not there ends the program with one line that names the variable", async () => {
  const outcome = await test.run(["serve"], { TRUSTED_DOCUMENTS: join(folder, "none.json") });
  expect(outcome.code).toBe(2);
  expect(refusalLine(outcome)).toBe("servo-storage: TRUSTED_DOCUMENTS must name a file that can be read");
});

import fc from "fast-check";
import { READER } from "./catalogue.ts";
import { DocumentWriter, type Operation } from "./document-writer.ts";
import { writeExcess } from "./excess.ts";
import { type FuzzRequest, NOBODY, post, SYSTEM, TENANT } from "./request.ts";
import { disguise, spoilCharacters, spoilMeaning, spoilWords } from "./spoilt-document.ts";

/** Requests with documents: three of four are what the schema takes, the rest once were. */
export const documentRequests: fc.Arbitrary<FuzzRequest> = fc.gen().map((pick) => {
  const writer = new DocumentWriter(pick);
  if (writer.chance(2)) return address({ query: writeExcess(writer), variables: {} }, writer);
  const operation = writer.write();
  const query = change(operation.query, writer);
  return address({ ...operation, query }, writer);
});

function change(text: string, writer: DocumentWriter): string {
  const roll = writer.below(100);
  if (roll < 65) return text;
  if (roll < 75) return disguise(text, writer);
  if (roll < 85) return spoilMeaning(text, writer);
  return roll < 94 ? spoilWords(text, writer) : spoilCharacters(text, writer);
}

function address(operation: Operation, writer: DocumentWriter): FuzzRequest {
  if (writer.chance(12)) {
    const parameters = new URLSearchParams({
      ...operation,
      variables: JSON.stringify(operation.variables),
    });
    return {
      via: "process",
      method: "GET",
      path: `/graphql?${parameters}`,
      headers: { "x-tenant-id": READER },
    };
  }
  const headers = writer.oneOf([TENANT, TENANT, TENANT, TENANT, TENANT, SYSTEM, SYSTEM, NOBODY]);
  return { ...post(JSON.stringify(operation), headers), via: writer.chance(8) ? "socket" : "process" };
}

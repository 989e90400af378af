// Writes schema.graphql and subgraph.graphql; with --check only tells whether they are what would be written.
import { readFile, writeFile } from "node:fs/promises";
import { printSortedSchema } from "../src/graphql/print-schema.ts";
import { printSubgraph } from "../src/graphql/print-subgraph.ts";
import { schema } from "../src/modules/schema.ts";

const PRINTED = { "schema.graphql": printSortedSchema(schema), "subgraph.graphql": printSubgraph(schema) };

for (const [name, printed] of Object.entries(PRINTED)) {
  const committed = new URL(`../${name}`, import.meta.url);
  if (!process.argv.includes("--check")) {
    await writeFile(committed, printed);
  } else if ((await readFile(committed, "utf8").catch(() => "")) !== printed) {
    process.stderr.write(`${name} is not the schema of the code: run "npm run generate" and commit it.\n`);
    process.exitCode = 1;
  }
}

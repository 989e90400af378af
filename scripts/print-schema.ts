// Writes schema.graphql; with --check only tells whether it is what would be written.
import { readFile, writeFile } from "node:fs/promises";
import { printSortedSchema } from "../src/graphql/print-schema.ts";
import { schema } from "../src/modules/schema.ts";

const committed = new URL("../schema.graphql", import.meta.url);
const printed = printSortedSchema(schema);

if (!process.argv.includes("--check")) {
  await writeFile(committed, printed);
} else if ((await readFile(committed, "utf8").catch(() => "")) !== printed) {
  process.stderr.write(
    'schema.graphql is not the schema of the code: run "npm run generate" and commit it.\n',
  );
  process.exitCode = 1;
}

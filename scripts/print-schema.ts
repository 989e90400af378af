import { writeFile } from "node:fs/promises";
import { printSortedSchema } from "../src/graphql/print-schema.ts";
import { schema } from "../src/modules/schema.ts";

await writeFile(new URL("../schema.graphql", import.meta.url), printSortedSchema(schema));

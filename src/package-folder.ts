import { createRequire } from "node:module";
import { dirname } from "node:path";

const here = createRequire(import.meta.url);

/** Where package.json and drizzle/ lie. Found by name: the sources, the library and the program lie at different depths. */
export function packageFolder(): string {
  return dirname(here.resolve("servo-storage/package.json"));
}

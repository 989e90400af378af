import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The built program. */
export const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** What `npm start` tells Node. */
export const NODE_FLAGS = nodeFlagsOf(scripts.start);

function nodeFlagsOf(start: string): readonly string[] {
  const [, flags] = /exec node (.*)dist\/main\.js serve$/.exec(start) ?? [];
  if (flags === undefined) throw new Error(`npm start is not known to run the program: ${start}`);
  return flags.split(" ").filter((flag) => flag !== "");
}

// For package.json: [--force] [--optional], see build.mjs.
import "../bin/check-node.js";
import { buildIfNeeded } from "./build.mjs";

const options = process.argv.slice(2);
buildIfNeeded({ force: options.includes("--force"), optional: options.includes("--optional") });

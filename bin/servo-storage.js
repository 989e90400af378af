#!/usr/bin/env node
import "./check-node.js";
import { existsSync } from "node:fs";

// A clone makes its dist/ when it is needed; a package brings its own.
const clone = new URL("../scripts/build.mjs", import.meta.url);
if (existsSync(clone)) {
  const { buildIfNeeded } = await import(clone.href);
  buildIfNeeded();
}
if (!process.exitCode) await import("../dist/main.js");

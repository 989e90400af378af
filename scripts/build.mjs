// How dist/ is made. Needs nothing but Node, so that it also runs after "npm ci --omit=dev".
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const bundler = join(root, "scripts", "bundle.mjs");
const sources = [
  ...["src", "tsconfig.json", "tsconfig.build.json"].map((name) => join(root, name)),
  bundler,
  // What is installed is in the program.
  join(root, "node_modules", ".package-lock.json"),
];

/** There is no dist/, or not the one that was asked for. One line, unless the compiler says more. */
class BuildError extends Error {}

/**
 * Makes dist/ where it is missing or older than its sources; without TypeScript or Rolldown, one that is there is used as
 * it is.
 * Where that fails it says why and sets the exit code.
 * @param force make it in any case
 * @param optional leave the exit code alone: what needs dist/ will fail by itself
 */
export function buildIfNeeded({ force = false, optional = false } = {}) {
  if (!force && isFresh()) return;
  try {
    const compiler = findCompiler();
    if (compiler !== undefined) build(compiler, force);
    else if (force || !existsSync(dist)) {
      throw new BuildError(
        'dist/ cannot be made without TypeScript and Rolldown: run "npm ci" without --omit=dev first',
      );
    }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`servo-storage: ${error.message}\n`);
    if (!optional) process.exitCode = 1;
  }
}

function isFresh() {
  const built = statSync(dist, { throwIfNoEntry: false })?.mtimeMs;
  return built !== undefined && sources.every((source) => lastChange(source) <= built);
}

/** In milliseconds since 1970, 0 for what is not there. A folder changes when something in it comes or goes. */
function lastChange(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => lastChange(join(path, name))));
}

/** TypeScript's, or undefined where that or Rolldown is not installed. */
function findCompiler() {
  const { resolve } = createRequire(import.meta.url);
  try {
    resolve("rolldown/package.json");
    return join(dirname(resolve("typescript/package.json")), "bin", "tsc");
  } catch {
    return undefined;
  }
}

/**
 * The library, compiled file by file, and the program, bundled, are written beside dist/, which is replaced at once: it is
 * whole at any time, also when two builds meet.
 */
function build(compiler, force) {
  // Standard output belongs to the command that comes afterwards.
  process.stderr.write("servo-storage: building dist/ ...\n");
  const started = new Date();
  const made = join(root, `.dist-${process.pid}`);
  try {
    removeLeftovers();
    run([compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", made]);
    run([bundler, made]);
    // So that a source that changes while it is compiled makes it old.
    utimesSync(made, started, started);
    // Where another build was quicker, its dist/ may be in use by now.
    if (force || !isFresh()) replaceDist(made);
  } catch (error) {
    throw error instanceof BuildError ? error : new BuildError(`dist/ cannot be made: ${error.message}`);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function run(command) {
  const { status, stdout, error } = spawnSync(process.execPath, command, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new BuildError(`the build failed\n${error?.message ?? stdout}`.trimEnd());
}

function replaceDist(made) {
  const old = `${made}-old`;
  try {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(made, dist);
  } catch (error) {
    // Another build was at the same point at the same time; its dist/ is as good.
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

/** A build that was killed leaves its folder behind, and maybe its compiler still at work there: then it is for the next. */
function removeLeftovers() {
  for (const name of readdirSync(root)) {
    const pid = /^\.dist-([0-9]+)(?:-old)?$/.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      rmSync(join(root, name), { recursive: true, force: true });
    } catch {}
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

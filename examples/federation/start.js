// Starts servo-storage, the second subgraph and a gateway, and asks the gateway for a lineage:
// npm start -- [--gateway hive|apollo] [--port 4100] [--data-dir .servo] [--once]
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const programs = [];

const { values: options } = parseArgs({
  options: {
    gateway: { type: "string", default: "hive" },
    port: { type: "string", default: "4100" },
    "data-dir": { type: "string", default: join(here, ".servo") },
    once: { type: "boolean", default: false },
  },
});

/** Resolves when a signal says so, and rejects when a program ends of itself, or nobody listens any more. */
let abandon;
const over = new Promise((resolve, reject) => {
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(signal, resolve);
  process.stdout.on("error", reject);
  abandon = reject;
});

try {
  await Promise.race([run(), over]);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await endAll();
}

async function run() {
  if (!existsSync(join(root, "node_modules"))) execFileSync("npm", ["ci"], { cwd: root, stdio: "inherit" });
  const data = { PORT: "0", DATA_DIR: options["data-dir"] };
  const [storage, dashboards] = await Promise.all([
    start("servo-storage", [join(root, "bin/servo-storage.js"), "serve"], data),
    start("dashboards", ["dashboards.js", "--port", "0"]),
  ]);
  const supergraph = join(options["data-dir"], "supergraph.graphql");
  writeFileSync(supergraph, compose(`storage=${storage}/graphql`, `dashboards=${dashboards}`));
  const gateway = await startGateway(supergraph);

  const query = readFileSync(join(here, "lineage.graphql"), "utf8");
  say(`\n${query}\n${JSON.stringify(await ask(`${gateway}/graphql`, query), null, 2)}\n`);
  if (options.once) return;
  say(`Ask more at ${gateway}/graphql, with the header x-tenant-id: demo. Ctrl-C ends all three.`);
  await over;
}

function compose(...subgraphs) {
  return execFileSync(process.execPath, ["compose.js", ...subgraphs], { cwd: here });
}

function startGateway(supergraph) {
  const { gateway, port } = options;
  if (gateway === "apollo") return start("gateway", ["apollo-gateway.js", supergraph, "--port", port]);
  const hive = "node_modules/@graphql-hive/gateway/dist/bin.js";
  return start("gateway", [hive, "supergraph", supergraph, "--port", port]);
}

/** Starts a program, and waits until it says where it listens. */
async function start(name, args, env = {}) {
  const program = spawn(process.execPath, args, {
    cwd: here,
    // What is set for other uses of these programs does not count here.
    env: { PATH: process.env.PATH, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "inherit"],
    // Ctrl-C reaches this program alone, which ends them in order.
    detached: true,
  });
  programs.push(program);
  program.once("exit", () => abandon(new Error(`${name} has ended.`)));
  let said = "";
  for await (const text of program.stdout.iterator({ destroyOnReturn: false })) {
    said += text;
    const [url] = /http:\/\/[\w.]+:\d+/.exec(said) ?? [];
    if (url === undefined) continue;
    program.stdout.resume();
    say(`${name} at ${url}`);
    return url;
  }
  return over;
}

async function ask(url, query) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": "demo" },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

/** Ends what was started, the last first. */
async function endAll() {
  for (const program of programs.reverse()) {
    if (program.exitCode !== null || program.signalCode !== null) continue;
    program.kill("SIGTERM");
    await once(program, "exit");
  }
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

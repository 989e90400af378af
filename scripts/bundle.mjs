// Makes the program of a dist/: node scripts/bundle.mjs <folder>. It has its packages in it, in few files, because finding,
// reading and compiling a thousand takes most of a second. The library does not, so that whoever imports it shares
// his own.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const [dist] = process.argv.slice(2);

const bundle = await rolldown({
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  platform: "node",
  input: { main: "src/main.ts", worker: "src/http/heavy/worker.ts" },
  // GraphiQL is 9 MB that few starts need, with packages of its own in it; pg asks for the other where it is installed.
  external: ["@graphql-yoga/render-graphiql", "pg-native"],
  // What package.json says of this is said of dist/.
  treeshake: { moduleSideEffects: [{ test: /\.ts$/, sideEffects: true }] },
  plugins: [
    { name: "sources-alone-have-maps", transform: { filter: { id: /node_modules/ }, handler: withoutMap } },
  ],
  // Such as that of a package which is not there.
  onwarn: ({ message }) => {
    throw new Error(message);
  },
});
const { output } = await bundle.write({
  dir: dist,
  entryFileNames: "program/[name]-[hash].js",
  chunkFileNames: "program/[name]-[hash].js",
  // In a file of its own, so that it shows that nothing else loads it.
  codeSplitting: { groups: [{ name: "opentelemetry", test: /[\\/]node_modules[\\/]@opentelemetry[\\/]/ }] },
  sourcemap: true,
  sourcemapExcludeSources: true,
  comments: { legal: true, jsdoc: false },
});
writeEntry("main", "main.js");
// Where src/http/heavy/thread.ts looks for it: beside the file that it is part of.
writeEntry("worker", "program/worker.js");
writeFileSync(
  join(dist, "program", "LICENSES.txt"),
  licensesOf(output.flatMap(({ moduleIds = [] }) => moduleIds)),
);

/** So that traces of the stack name sources: the maps are read with what is loaded afterwards, each thread for itself. */
function writeEntry(name, file) {
  const { fileName } = output.find((chunk) => chunk.isEntry && chunk.name === name);
  const specifier = `./${posix.relative(posix.dirname(file), fileName)}`;
  writeFileSync(join(dist, file), `process.setSourceMapsEnabled(true);\nawait import("${specifier}");\n`);
}

/** Reading the map of all packages would take as long as the rest of the start. */
function withoutMap(code) {
  return { code, map: { mappings: "" } };
}

/** The licences of the packages that the modules belong to: they ask to be passed on with them. */
function licensesOf(modules) {
  const folders = modules.flatMap(
    (id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? [],
  );
  return [...new Set(folders)]
    .sort()
    .map(licenseOf)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder)
    .filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${[`${name} ${version} (${license})`, ...texts].join("\n\n")}\n`;
}

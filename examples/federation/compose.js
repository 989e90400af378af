// Makes a supergraph of subgraphs: node compose.js <name>=<url>[,<file>]… > supergraph.graphql
// What a subgraph has is read from the file, or asked at the url where there is none.
import { readFile } from "node:fs/promises";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";

const services = await Promise.all(
  process.argv.slice(2).map(async (argument) => {
    const [, name, url, file] = /^(\w+)=([^,]+)(?:,(.+))?$/.exec(argument) ?? [];
    if (name === undefined) throw new Error(`"${argument}" is not of the form name=url or name=url,file`);
    return {
      name,
      url,
      typeDefs: parse(file === undefined ? await askSdl(url) : await readFile(file, "utf8")),
    };
  }),
);
const { supergraphSdl = "", errors = [], hints = [] } = composeServices(services);

// What is hinted at composes, but hardly as it was meant.
for (const problem of [...errors, ...hints]) process.stderr.write(`${problem}\n`);
process.exitCode = errors.length + hints.length > 0 ? 1 : 0;
process.stdout.write(supergraphSdl);

async function askSdl(url) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ _service { sdl } }" }),
  });
  const { data, errors: [refusal] = [] } = await response.json();
  if (refusal !== undefined) throw new Error(`${url} does not tell its schema: ${refusal.message}`);
  return data._service.sdl;
}

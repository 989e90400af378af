import { readFileSync } from "node:fs";
import { Kind, parse } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { LIMIT_DEFAULTS } from "../../src/limits.ts";
import { loadSample } from "../../src/sample/load.ts";
import { parseEnvelope } from "../support/answer.ts";
import { prepareApi } from "../support/graphql.ts";
import { tableIn } from "../support/readme.ts";

const api = prepareApi();
const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

const subgraph = read("subgraph.graphql");
const page = read("docs/federation.md")
  .split(/^## /m)
  .find((section) => section.startsWith("The subgraph"));
const [about = "", ...more] = (page ?? "").split(/^### /m);
const costs = more.find((section) => section.startsWith("What gateways know of costs")) ?? "";
const blocks = [...about.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, code = ""]) => code);

beforeAll(() => loadSample(api.database));

describe("docs/federation.md", () => {
  it("has every key of every type", () => {
    const keys = parse(subgraph).definitions.flatMap((definition) => {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
      const ofType = (definition.directives ?? [])
        .filter(({ name }) => name.value === "key")
        .flatMap(({ arguments: [fields] = [] }) =>
          fields?.value.kind === Kind.STRING ? [`\`${fields.value.value}\``] : [],
        );
      return ofType.length === 0 ? [] : [[`\`${definition.name.value}\``, ofType.join("; ")]];
    });
    expect(tableIn(about).toSorted()).toEqual(keys.toSorted());
  });

  it("shows a request of a gateway, and its answer", async () => {
    const [document = "", variables = "", answer = ""] = blocks;
    const { data, errors } = await api.asTenant("demo").send(document, JSON.parse(variables) as object);
    const shown = parseEnvelope(answer);
    expect({ data }).toEqual({ data: shown.data });
    expect(errors.map(({ locations: _, ...error }) => error)).toEqual(shown.errors);
  });

  it("quotes what gateways are told", () => {
    const quoted = tableIn(costs).flatMap(([, there = ""]) => there.match(/@\w+\([^)]*\)/g) ?? []);
    expect(quoted).toHaveLength(6);
    for (const directive of quoted) expect(subgraph).toContain(directive);
  });

  it("tells the version of federation, and the limit", () => {
    const [, version = ""] = /specs\.apollo\.dev\/federation\/v([\d.]+)/.exec(subgraph) ?? [];
    expect(about).toContain(`federation ${version},`);
    expect(about).toContain(`(${LIMIT_DEFAULTS.maxEntitiesPerLookup.toLocaleString("en")})`);
  });
});

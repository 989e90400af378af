import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { TRACING_DEFAULTS } from "../../src/tracing/options.ts";
import { codeIn, tableIn } from "../support/readme.ts";
import { parseSourceFile, readSourceFiles } from "../support/source-file.ts";

const text = readFileSync(new URL("../../docs/tracing.md", import.meta.url), "utf8");

/** The names of attributes: those with a dot in it, and no other. */
const ATTRIBUTE = /^(?:db|error|graphql|http|server|url)\.[a-z_.]+$/;

describe("docs/tracing.md", () => {
  it("names every attribute that a span may have, and no other", () => {
    const files = readSourceFiles("src").filter(({ path }) =>
      /^src\/(?:tracing\/|http\/request-tracing)/.test(path),
    );
    const used = files.flatMap(({ nodes }) =>
      nodes.flatMap(({ type, value }) =>
        type === "Literal" && ATTRIBUTE.test(String(value)) ? [value] : [],
      ),
    );
    const prose = text.replaceAll(/^```.*?^```$/gms, "");
    const told = [...prose.matchAll(/`([^`]+)`/g)]
      .map(([, code = ""]) => code)
      .filter((code) => ATTRIBUTE.test(code));
    expect([...new Set(told)].sort()).toEqual([...new Set(used)].sort());
  });

  it("shows what configures traces", () => {
    const exported = [...codeIn(text, "sh").matchAll(/(OTEL_\w+)=(\S+)/g)];
    const environment = Object.fromEntries(exported.map(([, name, value]) => [name, value]));
    expect(readConfig(environment).tracing).toEqual({
      ...{ url: "http://127.0.0.1:4318/v1/traces", protocol: TRACING_DEFAULTS.protocol },
      ...{ timeoutMs: TRACING_DEFAULTS.timeoutMs, attributes: { "service.name": "catalogue" } },
      ...{ sampler: "parentbased_traceidratio", ratio: 0.1 },
    });
  });

  it("has spans in its table, each with its kind", () => {
    for (const [span, kind] of tableIn(text)) {
      expect(span).toMatch(/`/);
      expect(["server", "internal", "client"]).toContain(kind);
    }
  });

  it("shows an observer as the library takes it", () => {
    const { imports } = parseSourceFile("example.ts", codeIn(text, "ts"));
    expect(imports.map(({ specifier }) => specifier)).toEqual(["servo-storage", "servo-storage/tracing"]);
  });
});

import { describe, expect, it } from "vitest";
import { Registry } from "../../../src/metrics/families.ts";
import { parseExposition } from "../../support/exposition.ts";

describe("what a registry tells", () => {
  it("is a counter's total of each set of labels", () => {
    const registry = new Registry();
    const seen = registry.counter({ name: "seen_total", help: "What was seen.", labels: ["what", "where"] });
    seen.add({ what: "a", where: "b" });
    seen.add({ where: "b", what: "a" }, 2);
    seen.add({ what: "c", where: "b" }, 0);
    registry.counter({ name: "never_total", help: "What was not." });
    expect(registry.text()).toBe(
      [
        "# HELP seen_total What was seen.",
        "# TYPE seen_total counter",
        'seen_total{what="a",where="b"} 3',
        'seen_total{what="c",where="b"} 0',
        "# HELP never_total What was not.",
        "# TYPE never_total counter",
        "",
      ].join("\n"),
    );
  });

  it("is how many of a histogram's values are no greater than each bound", () => {
    const registry = new Registry();
    const took = registry.histogram({ name: "took_seconds", help: "How long.", labels: ["what"] }, [0.1, 1]);
    for (const seconds of [0.05, 0.1, 0.5, 1.5, 100]) took.observe({ what: "a" }, seconds);
    took.expect({ what: "b" });
    expect(registry.text().split("\n").slice(2, -1)).toEqual([
      'took_seconds_bucket{what="a",le="0.1"} 2',
      'took_seconds_bucket{what="a",le="1"} 3',
      'took_seconds_bucket{what="a",le="+Inf"} 5',
      'took_seconds_sum{what="a"} 102.15',
      'took_seconds_count{what="a"} 5',
      'took_seconds_bucket{what="b",le="0.1"} 0',
      'took_seconds_bucket{what="b",le="1"} 0',
      'took_seconds_bucket{what="b",le="+Inf"} 0',
      'took_seconds_sum{what="b"} 0',
      'took_seconds_count{what="b"} 0',
    ]);
  });

  it("is read anew each time where it is known elsewhere", () => {
    const registry = new Registry();
    let value = 0;
    registry.reading("gauge", { name: "now", help: "Now." }, () => [[{}, ++value]]);
    expect(registry.text()).toContain("\nnow 1\n");
    expect(registry.text()).toContain("\nnow 2\n");
  });

  it("is understood by who reads it, whatever stands in a label or a value", () => {
    const registry = new Registry();
    const odd = registry.counter({ name: "odd_total", help: "Odd.", labels: ["text"] });
    const texts = ["", '"', "\\", "\n", '\\"\n\\n', "{},=# ä"];
    for (const text of texts) odd.add({ text });
    registry.reading("gauge", { name: "values", help: "Values.", labels: ["of"] }, () =>
      [Number.POSITIVE_INFINITY, Number.NaN, 1e21, 1e-7, -1].map((n) => [{ of: String(n) }, n]),
    );
    const families = parseExposition(registry.text());
    expect(families.get("odd_total")?.samples.map(({ labels }) => labels.text)).toEqual(texts);
    for (const { labels, value } of families.get("values")?.samples ?? [])
      expect(String(value)).toBe(labels.of);
  });
});

it("two families may not have one name", () => {
  const registry = new Registry();
  registry.counter({ name: "a_total", help: "A." });
  expect(() => registry.counter({ name: "a_total", help: "A." })).toThrow("two families called a_total");
});

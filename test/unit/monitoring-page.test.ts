import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { readConfig } from "../../src/config.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { present } from "../support/present.ts";
import { speaksOf } from "../support/promql.ts";
import { codeIn, tableIn } from "../support/readme.ts";

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
const page = read("monitoring.md");
const metrics = createMetrics("0.0.0");
afterAll(() => metrics.close());
const families = new Map(metrics.registry.families.map((family) => [family.name, family]));

/** What Prometheus adds to what it scrapes. */
const ADDED = ["job", "instance"];

const alerts = z
  .strictObject({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^ServoStorage[A-Z]\w+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[smh]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(["critical", "warning", "info"]) }),
            annotations: z.strictObject({ summary: z.string().min(20) }),
          }),
        ),
      }),
    ),
  })
  .parse(parseYaml(read("monitoring/alerts.yaml")))
  .groups.flatMap(({ rules }) => rules);

const panelShape = z.looseObject({
  id: z.number(),
  title: z.string().min(1),
  type: z.enum(["row", "stat", "timeseries"]),
  gridPos: z.strictObject({ h: z.number(), w: z.number(), x: z.number(), y: z.number() }),
  targets: z
    .array(z.looseObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() }))
    .default([]),
});
const dashboard = z
  .looseObject({
    uid: z.literal("servo-storage"),
    schemaVersion: z.number(),
    panels: z.array(panelShape),
    templating: z.object({
      list: z.array(z.looseObject({ name: z.string(), definition: z.string().optional() })),
    }),
  })
  .parse(JSON.parse(read("monitoring/dashboard.json")));

/** The family that a series belongs to, and the labels that it has. */
function seriesOf(name: string) {
  if (name === "up") return { type: "gauge", labels: ADDED };
  const histogram = families.get(name.replace(/_(?:bucket|sum|count)$/, ""));
  if (histogram?.type === "histogram" && histogram.name !== name)
    return {
      type: "histogram",
      labels: [...histogram.labels, ...ADDED, ...(name.endsWith("_bucket") ? ["le"] : [])],
    };
  const family = families.get(name);
  return family && family.type !== "histogram"
    ? { type: family.type as string, labels: [...family.labels, ...ADDED] }
    : undefined;
}

/** What is wrong with an expression, and with the labels that a text fills in from its result. */
function mistakesIn(expression: string, filledIn: readonly string[]): string[] {
  const { series, groupedBy, counted } = speaksOf(expression);
  const mistakes = series.flatMap(({ name, labels }) => {
    const known = seriesOf(name);
    if (known === undefined) return [`there is no ${name}`];
    return labels
      .filter((label) => !known.labels.includes(label))
      .map((label) => `${name} has no label ${label}`);
  });
  const has = (label: string) => series.some(({ name }) => seriesOf(name)?.labels.includes(label));
  const told = groupedBy.length > 0 ? (label: string) => groupedBy.includes(label) : has;
  return [
    ...(series.length === 0 ? ["it speaks of nothing"] : []),
    ...mistakes,
    ...groupedBy.filter((label) => !has(label)).map((label) => `nothing has the label ${label}`),
    ...filledIn.filter((label) => !told(label)).map((label) => `its result has no label ${label}`),
    ...counted
      .filter((name) => seriesOf(name)?.type === "gauge")
      .map((name) => `${name} is a gauge, which has no rate`),
  ];
}

const filledInto = (text: string) =>
  [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label = ""]) => label);

describe("the tables of docs/monitoring.md", () => {
  const tables = page.split("\n## What is measured\n")[1]?.split("\n## ")[0]?.split("\nOf Node itself") ?? [];

  it("have every family in the order of the code, with its type and labels", () => {
    const documented = tables
      .flatMap((text) => tableIn(text))
      .map(([name, type, labels]) => [name, type, labels]);
    const expected = [...families.values()].map(({ name, type, labels }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(", "),
    ]);
    expect(documented).toEqual(expected);
    for (const [name, , , meaning] of tables.flatMap((text) => tableIn(text)))
      expect(meaning, name).not.toBe("");
  });

  it("tell of every label what values it has", () => {
    const rows = tableIn(page.split("\n## Labels\n")[1] ?? "");
    const documented = rows.flatMap(([labels = ""]) =>
      [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    );
    const service = [...families.values()].filter(({ name }) => name.startsWith("servo_"));
    const labels = service.flatMap((family) => family.labels).filter((label) => label !== "version");
    expect([...new Set(documented)].sort()).toEqual([...new Set(labels)].sort());
  });
});

describe("docs/monitoring.md", () => {
  it("shows what switches the metrics on", () => {
    const given = Object.fromEntries(
      [...codeIn(page, "sh").matchAll(/^export (\w+)=(\S+)/gm)].map(([, ...pair]) => pair),
    );
    expect(readConfig(given).metrics).toEqual({ port: 9464, host: "127.0.0.1" });
    expect(parseYaml(codeIn(page, "yaml"))).toMatchObject({
      scrape_configs: [{ job_name: "servo-storage", static_configs: [{ targets: ["127.0.0.1:9464"] }] }],
    });
  });
});

describe("every family", () => {
  it.each([...families.values()].map((family) => [family.name, family] as const))(
    "is named as Prometheus wants it: %s",
    (name, { type, help }) => {
      expect(name).toMatch(/^(?:servo|process|nodejs)_[a-z0-9_]+$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
      expect(name).not.toMatch(/_(?:ms|milliseconds|kb|mb|percent)(?:_|$)/);
      expect(help).toMatch(/^(?:[A-Z]|1,|p90|p99).*\.$/);
    },
  );
});

describe("an alert", () => {
  it.each(alerts.map((alert) => [alert.alert, alert] as const))("%s speaks of what there is", (_, alert) => {
    expect(mistakesIn(alert.expr, filledInto(alert.annotations.summary))).toEqual([]);
  });

  it("has a name of its own", () => {
    const names = alerts.map(({ alert }) => alert);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe("the dashboard", () => {
  const queries = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
  );

  it.each(queries)("speaks of what there is: %s: %s", (_, expr, legend) => {
    expect(mistakesIn(expr, filledInto(legend))).toEqual([]);
  });

  it("has panels that do not lie on each other", () => {
    const places = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`);
    });
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  it("lets the job and the instance be chosen by what each process tells", () => {
    const { list } = dashboard.templating;
    expect(list.map(({ name }) => name)).toEqual(["datasource", "job", "instance"]);
    for (const { definition } of list.slice(1)) {
      const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(present(definition)) ?? [];
      expect(mistakesIn(selector, [label])).toEqual([]);
    }
  });

  it("shows every family of the service", () => {
    const shown = new Set(queries.flatMap(([, expr]) => speaksOf(expr).series.map(({ name }) => name)));
    const isShown = (name: string) =>
      ["", "_bucket", "_count", "_sum"].some((part) => shown.has(name + part));
    const service = [...families.keys()].filter((name) => name.startsWith("servo_"));
    expect(service.filter((name) => !isShown(name))).toEqual(["servo_http_request_duration_seconds"]);
  });
});

describe("a mistake is found", () => {
  it.each([
    ["servo_nothing", [], "there is no servo_nothing"],
    [
      "servo_db_pool_waiting{tenant='x'}".replaceAll("'", '"'),
      [],
      "servo_db_pool_waiting has no label tenant",
    ],
    ["sum by (shard) (rate(servo_db_retries_total[5m]))", [], "nothing has the label shard"],
    ["rate(servo_db_pool_waiting[5m])", [], "servo_db_pool_waiting is a gauge, which has no rate"],
    ["servo_lineage_nodes", [], "there is no servo_lineage_nodes"],
    ["sum by (job) (servo_db_retries_total)", ["kind"], "its result has no label kind"],
    ["1 + 1", [], "it speaks of nothing"],
  ])("%s", (expression, filledIn, mistake) => {
    expect(mistakesIn(expression, filledIn)).toEqual([mistake]);
  });
});

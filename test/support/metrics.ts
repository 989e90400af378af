import { onTestFinished } from "vitest";
import { createMetrics, type Metrics } from "../../src/metrics/metrics.ts";
import { parseExposition, type Sample } from "./exposition.ts";

/** What a test has measured, as a scrape shows it. */
export class Scrapes {
  readonly metrics: Metrics;

  /** For one test. */
  constructor() {
    this.metrics = createMetrics("0.0.0");
    onTestFinished(() => this.metrics.close());
  }

  get text(): string {
    return this.metrics.registry.text();
  }

  /** The samples of a name, as it stands in the text: `servo_lineage_nodes_count`. */
  samples(name: string): Sample[] {
    const families = parseExposition(this.text);
    const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ""));
    return (family?.samples ?? []).filter((sample) => sample.name === name);
  }

  /** What is not 0 of a name: its labels' values with blanks between them, and the value. */
  counts(name: string): Record<string, number> {
    const told = this.samples(name).filter(({ value }) => value !== 0);
    return Object.fromEntries(told.map(({ labels, value }) => [Object.values(labels).join(" "), value]));
  }
}

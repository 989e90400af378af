/** A series as a scrape shows it. */
export interface Sample {
  /** With the `_bucket`, `_sum` or `_count` of a histogram. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family as a scrape shows it. */
export interface ScrapedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\[\\\\"n])*)"`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);

/** Reads Prometheus' text format, version 0.0.4, and fails where a text is not in it. */
export function parseExposition(text: string): Map<string, ScrapedFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  let name = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, word, about = "", told = ""] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (word === "HELP") {
      if (families.has(about)) throw new Error(`a second family ${about}`);
      name = about;
      families.set(name, { type: "", help: told, samples: [] });
    } else if (word === "TYPE" && about === name) {
      Object.assign(families.get(name) ?? {}, { type: told });
    } else families.get(name)?.samples.push(sampleIn(line, name)) ?? fail(line);
  }
  for (const [family, { samples }] of families) {
    const series = samples.map(({ value: _, ...each }) => JSON.stringify(each));
    if (new Set(series).size < series.length) throw new Error(`a series of ${family} stands there twice`);
  }
  return families;
}

function sampleIn(line: string, family: string): Sample {
  const [, name = "", labels = ""] = SAMPLE.exec(line) ?? fail(line);
  if (name.replace(/_(?:bucket|sum|count)$/, "") !== family && name !== family) fail(line);
  const value = line.slice(line.lastIndexOf(" ") + 1);
  return { name, labels: Object.fromEntries(labelsIn(labels)), value: numberIn(value) };
}

function labelsIn(text: string): [string, string][] {
  return [...text.matchAll(new RegExp(LABEL, "g"))].map(([, name = "", value = ""]) => [
    name,
    value.replaceAll(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign)),
  ]);
}

function numberIn(text: string): number {
  const value = text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text);
  return text === "NaN" || !Number.isNaN(value) ? value : fail(text);
}

function fail(line: string): never {
  throw new Error(`not in the text format: ${line}`);
}

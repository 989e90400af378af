import { describe, expect, it } from "vitest";
import { type LogEvent, logEventsIn } from "../support/log-calls.ts";
import { sectionOf, tableIn } from "../support/readme.ts";
import { parseSourceFile, readSourceFiles } from "../support/source-file.ts";

const codesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

/** One line an event; those of one level and message have the fields of all of them. */
function describeEvents(events: readonly LogEvent[]): string[] {
  const fields = new Map<string, readonly string[]>();
  for (const { level, message, fields: own } of events) {
    const event = `${level.toUpperCase()} ${message}`;
    fields.set(event, [...(fields.get(event) ?? []), ...own]);
  }
  return [...fields].map(([event, names]) => `${event}: ${[...new Set(names)].sort().join(", ")}`).sort();
}

describe("the table of log events in README.md", () => {
  const rows = tableIn(sectionOf("Logs"));

  it("has every event that the source logs, with its level and fields, and no other", () => {
    const documented = rows.flatMap(([levels = "", messages = "", , fields = ""]) =>
      codesIn(levels).flatMap((level) =>
        codesIn(messages).map((message) => ({ level, message, fields: codesIn(fields) })),
      ),
    );
    expect(describeEvents(documented)).toEqual(describeEvents(readSourceFiles("src").flatMap(logEventsIn)));
  });

  it("says when each is logged", () => {
    for (const [, message, when] of rows) expect([message, when]).not.toEqual([message, ""]);
  });
});

describe("an event is found in", () => {
  it.each([
    ['logger.warn({ a: 1, b }, "Told")', "WARN Told: a, b"],
    [
      'this.#options.logger.error({ ...this.#options.logFields, error }, "Told")',
      "ERROR Told: error, tenant_id",
    ],
    ["logger.info({}, `Serving at $" + "{url}`)", "INFO Serving at …: "],
    ['const fields = { a: 1 }; logger.info({ ...fields, b: 2 }, "Told")', "INFO Told: a, b"],
    ['const fields = { a: 1 }; logger.info(fields, "Told"); const other = { b: 1 }', "INFO Told: a"],
    ['const message = bad ? "Told" : "Told"; logger.info({}, message)', "INFO Told: "],
    ['const level = bad ? "warn" : "warn"; logger[level]({}, "Told")', "WARN Told: "],
    ['logger.info(given(), "Told")', "INFO Told: (unknown)"],
    ["logger[level](JSON.parse(fields), message)", undefined],
    ["response.error(1)", undefined],
  ])("%s", (text, event) => {
    const found = describeEvents(logEventsIn(parseSourceFile("src/a.ts", text)));
    expect(found).toEqual(event === undefined ? [] : [event]);
  });
});

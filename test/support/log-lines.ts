import { createLogger } from "../../src/logger.ts";

export type LogLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly message: string;
};

/** A JSON logger that keeps its lines. */
export function collectLogLines(momentFields?: () => object) {
  const lines: LogLine[] = [];
  const destination = {
    write(text: string): void {
      lines.push(JSON.parse(text));
    },
  };
  return { lines, logger: createLogger({ level: "debug", format: "json", destination, momentFields }) };
}

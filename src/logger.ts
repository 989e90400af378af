import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { describeError } from "./described-error.ts";
import { writeMoment } from "./write-moment.ts";

/** What the storage layer needs of a logger; a pino logger is one. */
export interface StorageLogger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export const LOG_FORMATS = ["json", "pretty"] as const;

export interface LoggerOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
  /** Where the lines go. Default: standard output. */
  readonly destination?: DestinationStream;
  /** What each line tells of its moment, such as the trace that it belongs to. Default: nothing. */
  readonly momentFields?: (() => object) | undefined;
}

/** Fields that hold credentials or what a client has sent. Nothing gives them to the logger, and nothing shall. */
const SECRET = /authorization|cookie|password|secret|token|api.?key|^(?:headers|variables|params)$/i;

/** How deep fields may be nested. */
const DEEPEST = 5;

/** A logger that says nothing: what the library uses unless it is given another. */
export const silentLogger: StorageLogger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

/**
 * The program's logger: one JSON object a line with `timestamp` (ISO 8601), `level` (upper case) and `message`, or the
 * same for human eyes.
 */
export function createLogger({ level, format, destination, momentFields }: LoggerOptions): Logger {
  const target =
    format === "pretty" ? prettyStream(destination) : (destination ?? pino.destination({ sync: false }));
  return pino(
    {
      level,
      base: null,
      messageKey: "message",
      errorKey: "error",
      timestamp: () => `,"timestamp":"${writeMoment(new Date())}"`,
      formatters: {
        level: (label) => ({ level: label.toUpperCase() }),
        log: (fields) => withoutSecrets(fields),
      },
      serializers: { error: describeError },
      ...(momentFields === undefined ? {} : { mixin: momentFields }),
    },
    target,
  );
}

/**
 * Fields without those that are never told, nor what is nested deeper than any of ours. (pino's own `redact` makes a line
 * three times as dear.)
 */
function withoutSecrets(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  if (isTellable(fields)) return fields;
  // So that no name is more than a name.
  const told: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(fields)) {
    if (!SECRET.test(name)) told[name] = shownValue(fields[name], depth + 1);
  }
  return told;
}

/** Whether there is nothing to leave out, which most lines need not be copied to see. */
function isTellable(fields: Record<string, unknown>): boolean {
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if ((typeof value === "object" && value !== null) || SECRET.test(name)) return false;
  }
  return true;
}

function shownValue(value: unknown, depth: number): unknown {
  const isList = Array.isArray(value);
  const isPlain = typeof value === "object" && value !== null && value.constructor === Object;
  if (!isList && !isPlain) return value;
  if (depth > DEEPEST) return "…";
  if (isList) return value.map((item) => shownValue(item, depth + 1));
  return withoutSecrets(value as Record<string, unknown>, depth);
}

function prettyStream(destination?: DestinationStream): DestinationStream {
  return pretty({
    ...(destination === undefined ? {} : { destination }),
    messageKey: "message",
    timestampKey: "timestamp",
    errorLikeObjectKeys: ["error"],
    translateTime: "SYS:HH:MM:ss.l",
    colorize: destination === undefined && process.stdout.isTTY === true,
    sync: true,
  });
}

import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";

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
}

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
export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const target =
    format === "pretty" ? prettyStream(destination) : (destination ?? pino.destination({ sync: false }));
  return pino(
    {
      level,
      base: null,
      messageKey: "message",
      errorKey: "error",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      redact: {
        paths: ["authorization", "headers.authorization", "password", "variables", "*.password"],
        remove: true,
      },
    },
    target,
  );
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

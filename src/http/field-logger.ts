import type { StorageLogger } from "../logger.ts";

/** A logger whose lines carry some fields. Unlike pino's child, it costs nothing until a line is written. */
export class FieldLogger implements StorageLogger {
  readonly #logger: StorageLogger;
  readonly #fields: object;

  constructor(logger: StorageLogger, fields: object) {
    this.#logger = logger;
    this.#fields = fields;
  }

  /** One whose lines carry some more. */
  with(fields: object): FieldLogger {
    return new FieldLogger(this.#logger, this.#merged(fields));
  }

  error(fields: object, message: string): void {
    this.#logger.error(this.#merged(fields), message);
  }

  warn(fields: object, message: string): void {
    this.#logger.warn(this.#merged(fields), message);
  }

  info(fields: object, message: string): void {
    this.#logger.info(this.#merged(fields), message);
  }

  debug(fields: object, message: string): void {
    this.#logger.debug(this.#merged(fields), message);
  }

  /** Of two objects, `Object.assign` makes a third ten times as fast as to spread them does. */
  #merged(fields: object): object {
    return Object.assign({}, this.#fields, fields);
  }
}

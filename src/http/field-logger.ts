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
    return new FieldLogger(this.#logger, this.#with(fields));
  }

  error(fields: object, message: string): void {
    this.#logger.error(this.#with(fields), message);
  }

  warn(fields: object, message: string): void {
    this.#logger.warn(this.#with(fields), message);
  }

  info(fields: object, message: string): void {
    this.#logger.info(this.#with(fields), message);
  }

  debug(fields: object, message: string): void {
    this.#logger.debug(this.#with(fields), message);
  }

  /** Of two objects, `Object.assign` makes a third ten times as fast as to spread them does. */
  #with(fields: object): object {
    return Object.assign({}, this.#fields, fields);
  }
}

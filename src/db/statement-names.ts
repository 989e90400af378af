import { createHash } from "node:crypto";

/** So many statements are prepared in a session at most: each takes memory there. */
const MOST_NAMES = 200;

/**
 * Names under which PostgreSQL keeps statements prepared in a session, with their plans: to plan them anew costs more than
 * most of them take to run. A name is made from the text, so that it never means another statement, whoever made it.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  #isOn: boolean;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** The name of a statement; undefined where it is not to be kept. */
  nameOf(text: string): string | undefined {
    if (!this.#isOn) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MOST_NAMES) return known;
    const name = `servo_${createHash("sha256").update(text).digest("base64url")}`;
    this.#names.set(text, name);
    return name;
  }

  /**
   * Names nothing any more.
   * @returns whether it did until now
   */
  switchOff(): boolean {
    const was = this.#isOn;
    this.#isOn = false;
    return was;
  }
}

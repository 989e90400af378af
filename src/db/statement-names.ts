import { createHash } from "node:crypto";

/** So many statements are prepared in a session at most: each takes some 50 to 200 KB there. */
const MOST_NAMES = 200;

/** So many texts are remembered that were seen once. */
const MOST_TEXTS = 1000;

/**
 * Names for statements that come again, under which PostgreSQL keeps them prepared in a session: planning costs more than
 * most of them take to run. A name is made from the text, so that it never means another statement, whoever made it.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #seen = new Set<string>();
  #isOn: boolean;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** The name of a statement, from the second time on that it is asked for; undefined where it has none. */
  nameOf(text: string): string | undefined {
    if (!this.#isOn) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MOST_NAMES) return known;
    if (this.#seen.delete(text)) {
      const name = `servo_${createHash("sha256").update(text).digest("base64url")}`;
      this.#names.set(text, name);
      return name;
    }
    if (this.#seen.size >= MOST_TEXTS) this.#seen.clear();
    this.#seen.add(text);
    return undefined;
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

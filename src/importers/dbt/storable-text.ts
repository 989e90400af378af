/**
 * A text as PostgreSQL can hold it: NUL (22021) and lone surrogates (which would silently become U+FFFD on the way, so
 * that a second import would see a difference) are replaced by U+FFFD here.
 */
export function storableText(text: string): string {
  return text.replaceAll("\u0000", "\uFFFD").toWellFormed();
}

/** How many bytes a value takes as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Makes texts fit for a `properties` object, and remembers whether any of them had to change. */
export class TextFitter {
  readonly #maxBytes: number;
  #adjusted = false;

  /** @param maxBytes most bytes of one text, as JSON in UTF-8; a longer one is left out */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether any text so far was repaired or left out. */
  get adjusted(): boolean {
    return this.#adjusted;
  }

  /** The text without white space at its end; undefined if nothing is left of it, or if it is too long. */
  fit(text: string | null | undefined): string | undefined {
    const trimmed = text?.trimEnd() ?? "";
    if (trimmed === "") return undefined;
    const storable = storableText(trimmed);
    const fits = jsonBytes(storable) <= this.#maxBytes;
    if (!fits || storable !== trimmed) this.#adjusted = true;
    return fits ? storable : undefined;
  }
}

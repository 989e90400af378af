/** A memory of what was found out about documents, by their text. */
export interface DocumentCache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/** A short document may have long errors, which are remembered with it. */
const SHORTEST = 500;

/**
 * Keeps what was used last, in 262,144 characters of text together. Parsed, a character takes up to 260 bytes: at most 70 MB.
 * Yoga's own cache keeps 1,024 documents of any size, which at 5,000 tokens each were 2.6 GB.
 * @param shortest a document counts as so many characters at least
 */
export function createDocumentCache<Value>(
  maxCharacters = 262_144,
  shortest = SHORTEST,
): DocumentCache<Value> {
  const values = new Map<string, Value>();
  let characters = 0;
  const sizeOf = (text: string) => Math.max(text.length, shortest);
  const forget = (text: string) => {
    if (values.delete(text)) characters -= sizeOf(text);
  };
  return {
    get(text) {
      const value = values.get(text);
      if (value !== undefined) {
        values.delete(text);
        values.set(text, value);
      }
      return value;
    },
    set(text, value) {
      // One that is so long would drive out all others.
      if (text.length > maxCharacters / 4) return;
      forget(text);
      values.set(text, value);
      characters += sizeOf(text);
      for (const oldest of values.keys()) {
        if (characters <= maxCharacters) break;
        forget(oldest);
      }
    },
  };
}

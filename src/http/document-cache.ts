/** A memory of what was found out about documents, by their text. */
export interface DocumentCache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/**
 * Keeps what was used last, in 262,144 characters of text together. Parsed, a character takes up to 260 bytes: at most 70 MB.
 * Yoga's own cache keeps 1,024 documents of any size, which at 5,000 tokens each were 2.6 GB.
 */
export function createDocumentCache<Value>(maxCharacters = 262_144): DocumentCache<Value> {
  const values = new Map<string, Value>();
  let characters = 0;
  const forget = (text: string) => {
    if (values.delete(text)) characters -= text.length;
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
      characters += text.length;
      for (const oldest of values.keys()) {
        if (characters <= maxCharacters) break;
        forget(oldest);
      }
    },
  };
}

import { ServoError } from "../../errors.ts";

/** A step into a manifest: the key of an object or the index of a list. */
type ManifestPath = readonly PropertyKey[];

/** Longest key that a message repeats; a foreign file may hold any text as a key. */
const KEY_CHARACTERS = 120;

/**
 * The file is not a dbt manifest that can be read. The message is one line that names the field and the rule:
 * `nodes["model.shop.orders"].depends_on.nodes: expected array, received string`.
 */
export class ManifestError extends ServoError {
  readonly code = "BAD_USER_INPUT";

  /** @param path where in the manifest; empty for the file as a whole */
  constructor(path: ManifestPath, rule: string, options?: ErrorOptions) {
    super(oneLine(path.length === 0 ? rule : `${formatManifestPath(path)}: ${rule}`), options);
  }
}

/** `["nodes", "model.shop.orders", "tags", 0]` as `nodes["model.shop.orders"].tags[0]`: dbt's ids have dots of their own. */
function formatManifestPath(path: ManifestPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    const key = String(segment);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${text}[${quote(key)}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** A text of the file's own in quotes, shortened if it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > KEY_CHARACTERS ? `${text.slice(0, KEY_CHARACTERS)}…` : text);
}

/** The parser's own message quotes the file, line breaks and control characters included. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ");
}

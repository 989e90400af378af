/** Where the API writes a word of an enum, and the library its own. */
const ENUM_FIELDS = [
  ...["dependencyType", "dependencyTypes", "role", "state", "states", "granularity"],
  ...["direction", "scope", "field", "mode"],
];

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** `createdAt` as `CREATED_AT`. */
export function enumWord(word: string): string {
  return word.replaceAll(/[A-Z]/g, "_$&").replaceAll(" ", "_").toUpperCase();
}

function libraryWord(field: string, word: string): string {
  const lower = word.toLowerCase();
  if (field === "mode") return lower.replaceAll("_", " ");
  return lower.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** What the library takes, as variables of the API. */
export function inApi(value: unknown, field = ""): unknown {
  if (Array.isArray(value)) return value.map((each) => inApi(each, field));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null) return mapFields(value, inApi);
  return typeof value === "string" && ENUM_FIELDS.includes(field) ? enumWord(value) : value;
}

/** Arguments of the API, as the library takes them. */
export function inLibrary(value: unknown, field = ""): unknown {
  if (Array.isArray(value)) return value.map((each) => inLibrary(each, field));
  if (typeof value === "object" && value !== null) return mapFields(value, inLibrary);
  if (typeof value !== "string") return value;
  if (ENUM_FIELDS.includes(field)) return libraryWord(field, value);
  return MOMENT.test(value) ? new Date(value) : value;
}

function mapFields(value: object, change: (value: unknown, field: string) => unknown): object {
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, change(each, field)]));
}

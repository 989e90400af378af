/** What an expression of Prometheus' query language speaks of. */
export interface Spoken {
  /** Names of series, with the labels that are asked of each. */
  readonly series: readonly { readonly name: string; readonly labels: readonly string[] }[];
  /** Labels that are grouped by. */
  readonly groupedBy: readonly string[];
  /** Series of which a rate or an increase is taken. */
  readonly counted: readonly string[];
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const SERIES = /\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b(?!\s*\()\s*(?:\{([^}]*)\})?/g;
const COUNTED = /\b(?:rate|irate|increase)\s*\(\s*([a-zA-Z_:][a-zA-Z0-9_:]*)/g;
const WORDS = ["and", "or", "unless", "bool", "offset"];

/** Reads as much of an expression as is needed to hold it against what there is. */
export function speaksOf(expression: string): Spoken {
  // Values may hold anything, and ranges look like names.
  const bare = expression.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[[^\]]*\]/g, "");
  const ungrouped = bare.replaceAll(GROUPING, " ");
  return {
    series: [...ungrouped.matchAll(SERIES)]
      .filter(([, name = ""]) => !WORDS.includes(name))
      .map(([, name = "", matchers = ""]) => ({
        name,
        labels: matchers.match(/\w+(?=\s*(?:=~|!~|!=|=))/g) ?? [],
      })),
    groupedBy: [...bare.matchAll(GROUPING)].flatMap(([, labels = ""]) => labels.match(/\w+/g) ?? []),
    counted: [...bare.matchAll(COUNTED)].map(([, name = ""]) => name),
  };
}

/** What a log line tells of an error, beside what every error has: names of the store and of its rules, never values. */
const TOLD = ["code", "severity", "table", "column", "constraint", "routine"] as const;

/** Causes beyond this many are not told: they may refer to each other. */
const MOST_CAUSES = 5;

/**
 * An error as the log tells it: `type`, `message`, `stack` (both with those of its causes) and what {@link TOLD} names of
 * it. Of a database error that leaves out `detail` and `where`, which quote rows. What is no error stays as it is.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [shown = error, ...causes] = chainOf(error);
  const told = TOLD.filter((name) => ["string", "number"].includes(typeof Reflect.get(shown, name)));
  return {
    type: shown.constructor.name,
    message: withoutCredentials([shown, ...causes].map(messageOf).join(": ")),
    stack: withoutCredentials([shown, ...causes].map(({ stack }) => stack).join("\ncaused by: ")),
    ...Object.fromEntries(told.map((name) => [name, Reflect.get(shown, name)])),
  };
}

/** An error and its causes, without Drizzle's wrapper, whose message shows SQL and parameters. */
function chainOf(error: Error): Error[] {
  const chain: Error[] = [];
  let next: unknown = error;
  while (next instanceof Error && chain.length <= MOST_CAUSES) {
    const isWrapper: boolean = "params" in next && next.cause instanceof Error;
    if (!isWrapper) chain.push(next);
    next = next.cause;
  }
  return chain;
}

/** One that stands for several, as for each address of a host, may have no message of its own. */
function messageOf(error: Error): string {
  if (error.message !== "" || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? messageOf(each) : String(each))).join("; ");
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^\s/@]+@/g, "//…@");
}

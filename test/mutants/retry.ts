import { inArea, type Mutant } from "./mutant.ts";

const EXECUTION = "src/http/tenant-execution.ts";
const LOST = "test/http/lost-connections.test.ts";

export const RETRY_MUTANTS: readonly Mutant[] = inArea("retry", [
  {
    name: "mutation-executed-anew",
    file: EXECUTION,
    from: '?.operation === "query"',
    to: "?.operation !== undefined",
    killer: { file: LOST, test: "a mutation is not repeated, and says that it may have been stored" },
  },
  {
    name: "lost-write-tried-again",
    file: "src/db/retry.ts",
    from: '(error.transient !== "interrupted" || repeatable)',
    to: "(repeatable || !repeatable)",
    killer: {
      file: "test/db/retry.test.ts",
      test: "a transaction is tried again after 57P01, where it may be repeated",
    },
  },
  {
    name: "executed-anew-with-old-loaders",
    file: EXECUTION,
    from: "const open = () => new Context(database, { principal, logger, signal, namedFields });",
    to: "const only = new Context(database, { principal, logger, signal, namedFields });\n  const open = () => only;",
    killer: { file: LOST, test: "a query is executed anew" },
  },
  {
    name: "mutation-done-again",
    file: "src/graphql/context.ts",
    from: "    next.#toldAgain.push(...told);\n",
    to: "",
    killer: { file: LOST, test: "a mutation is not done again because its payload could not be read" },
  },
]);

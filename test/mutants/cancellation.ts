import { inArea, type Mutant } from "./mutant.ts";

const HELD = "src/db/held-client.ts";
const CANCELLATION = "test/db/cancellation.test.ts";
const TIMEOUTS = "test/db/timeouts.test.ts";
const BEHIND = "test/db/commit-behind.test.ts";
const OPERATIONS = "test/http/cancellation.test.ts";

/** What takes too long, and what nobody waits for any more. */
export const CANCELLATION_MUTANTS: readonly Mutant[] = inArea("cancellation", [
  {
    name: "statement-runs-on",
    file: HELD,
    from: 'signal?.addEventListener("abort", this.#cancel);',
    to: "",
    killer: { file: CANCELLATION, test: "has the statement that runs cancelled on the server" },
  },
  {
    name: "next-one-cancelled",
    file: HELD,
    from: "    await this.#cancelling;\n",
    to: "",
    killer: { file: CANCELLATION, test: "is never hit by a cancellation that comes late" },
  },
  {
    name: "commit-cancelled",
    file: HELD,
    from: '    this.#signal?.removeEventListener("abort", this.#cancel);\n    await',
    to: "    await",
    killer: { file: CANCELLATION, test: "does not disturb a commit that has been sent" },
  },
  {
    name: "commit-behind-cancelled",
    file: HELD,
    from: "[...this.#running].some((statement) => statement !== this.#end)",
    to: "this.isBusy",
    killer: { file: BEHIND, test: "before its end: it is stored, and says so" },
  },
  {
    name: "given-up-without-doubt",
    file: "src/db/tenant-connection.ts",
    from: "if (abortion === undefined || isInDoubt)",
    to: "if (abortion === undefined)",
    killer: { file: BEHIND, test: "leaves it in doubt whether what was given up is stored" },
  },
  {
    name: "stored-and-told-otherwise",
    file: "src/db/retry.ts",
    from: "return await attempt();",
    to: "const value = await attempt();\n    if (signal?.aborted) throw reasonOf(signal);\n    return value;",
    killer: { file: CANCELLATION, test: "does not disturb a commit that has been sent" },
  },
  {
    name: "late-connection-kept",
    file: "src/db/pool.ts",
    from: "if (!isTaken) void coming.then((client) => client.release()).catch(() => undefined);",
    to: "void isTaken;",
    killer: { file: CANCELLATION, test: "gives up the wait for a connection at once, and takes none" },
  },
  {
    name: "silent-server-waited-for",
    file: HELD,
    from: "if (silenceMs > 0)",
    to: "if (silenceMs < 0)",
    killer: { file: TIMEOUTS, test: "is given up a little later than it should have answered" },
  },
  {
    name: "busy-thread-takes-server-for-silent",
    file: HELD,
    from: "setImmediate(() => {",
    to: "queueMicrotask(() => {",
    killer: { file: TIMEOUTS, test: "is not taken for silent while this thread is busy" },
  },
  {
    name: "statement-without-limit",
    file: "src/db/database.ts",
    from: ", ...timeoutSettings(timeouts)",
    to: "",
    killer: { file: TIMEOUTS, test: "is ended by the server, and its connection is used on" },
  },
  {
    name: "operation-without-limit",
    file: "src/http/operation-signal.ts",
    from: "timeoutMs === 0 ?",
    to: "timeoutMs >= 0 ?",
    killer: { file: OPERATIONS, test: "is TIMEOUT at each field that was not done" },
  },
  {
    name: "thread-not-told-that-its-client-has-gone",
    file: "src/http/heavy/thread.ts",
    from: 'signal.addEventListener("abort", abort);',
    to: "",
    killer: {
      file: "test/http/heavy-cancellation.test.ts",
      test: "whose client goes away is cancelled in its thread",
    },
  },
  {
    name: "exhausted-pool-opens-circuit",
    file: "src/db/circuit-breaker.ts",
    from: 'transient === "connect"',
    to: 'transient !== "circuit"',
    killer: {
      file: "test/db/circuit-breaker.test.ts",
      test: "does not count a wait for a connection that is in use",
    },
  },
  {
    name: "command-hurried",
    file: "src/commands/connect.ts",
    from: "timeouts: NO_TIMEOUTS",
    to: "timeouts: NO_TIMEOUTS && config.database.timeouts",
    killer: { file: "test/commands/timeouts.test.ts", test: "takes its time, however impatient" },
  },
]);

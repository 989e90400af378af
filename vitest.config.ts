import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const graphql = fileURLToPath(import.meta.resolve("graphql/index.js"));

/** What must hold with each guard alone, and behind a pooler: all that goes through the repositories and the API. */
export const ISOLATION = {
  include: ["test/isolation/*.test.ts"],
  exclude: ["test/isolation/{catalogue,policies,policies-broken,references,repositories-unguarded}.test.ts"],
};

export default defineConfig({
  resolve: {
    // Otherwise our modules get graphql's ES build and those in node_modules its CommonJS one: two realms.
    alias: [{ find: /^graphql$/, replacement: graphql }],
  },
  test: {
    // Measured on 2 cores, 12 files with a database each: one worker 19–22 s, two 13–14 s, three 13 s; threads no better.
    pool: "forks",
    // A worker keeps its modules from file to file: what all files import takes half a second to a second of a core each time.
    // Measured on 2 cores: the 41 files of `unit` in 18 s instead of 43 s. What a file changes of the process it puts back.
    isolate: false,
    maxWorkers: Math.min(Math.max(availableParallelism(), 2), 8),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/unit/**/*.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/**/*.test.ts"],
          exclude: ["test/unit/**", "test/isolation/variants/**", "test/federation/**"],
          globalSetup: ["test/setup/global-setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "policies alone",
          include: [...ISOLATION.include, "test/isolation/variants/policies-alone.test.ts"],
          exclude: ISOLATION.exclude,
          globalSetup: ["test/setup/global-setup.ts"],
          setupFiles: ["test/setup/policies-alone.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "predicates alone",
          include: [...ISOLATION.include, "test/isolation/variants/predicates-alone.test.ts"],
          exclude: ISOLATION.exclude,
          globalSetup: ["test/setup/global-setup-predicates-alone.ts"],
        },
      },
    ],
  },
});

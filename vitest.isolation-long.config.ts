import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Sequences in all, and the seed of the first worker; the others take the seeds after it. */
const sequences = Number(process.env.ISOLATION_SEQUENCES ?? 10_000);
const seed = Number(process.env.ISOLATION_SEED ?? Date.now() % 2 ** 31);
const workers = Math.min(Math.max(availableParallelism(), 2), 8);

/** The model of isolation at length: its sequences are shared out among workers, each with a server of its own. */
export default defineConfig({
  test: {
    maxWorkers: workers,
    projects: Array.from({ length: workers }, (_, index) => {
      const share = Math.floor((sequences + index) / workers);
      return {
        extends: "./vitest.config.ts",
        test: {
          name: `seed ${seed + index}`,
          include: ["test/isolation/model.test.ts"],
          globalSetup: ["test/setup/global-setup.ts"],
          projects: [],
          env: { ISOLATION_SEQUENCES: String(share), ISOLATION_SEED: String(seed + index) },
        },
      };
    }),
  },
});

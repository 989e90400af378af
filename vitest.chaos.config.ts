import { defineConfig } from "vitest/config";
import { FaultReporter } from "./test/chaos/support/reporter.ts";

/** What breaks, at length: one fault after the other, with the machine to itself. `CHAOS=short` is as in `npm test`. */
export default defineConfig({
  test: {
    reporters: ["default", new FaultReporter()],
    projects: [
      {
        extends: "./vitest.config.ts",
        test: {
          name: "chaos",
          include: ["test/chaos/*.test.ts"],
          globalSetup: ["test/setup/global-setup.ts"],
          fileParallelism: false,
          projects: [],
          env: { CHAOS: process.env.CHAOS ?? "long" },
        },
      },
    ],
  },
});

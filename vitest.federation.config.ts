import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** Apart from `npm test`, because it needs gateways, which are heavy: see examples/federation. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    projects: [
      {
        extends: true,
        test: {
          name: "federation",
          include: ["test/federation/*.test.ts"],
          // A gateway alone takes two seconds of a core to start.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: ["test/setup/global-setup-gateways.ts", "test/setup/global-setup.ts"],
        },
      },
    ],
  },
});

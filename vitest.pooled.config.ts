import { defineConfig } from "vitest/config";
import base, { ISOLATION } from "./vitest.config.ts";

/** Apart from `npm test`, because it needs a PgBouncer. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    projects: [
      {
        extends: true,
        test: {
          name: "pooled",
          include: [...ISOLATION.include, "test/isolation/variants/pooled.test.ts"],
          exclude: ISOLATION.exclude,
          globalSetup: ["test/setup/global-setup-pooled.ts"],
        },
      },
    ],
  },
});

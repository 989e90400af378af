import pg from "pg";
import { vi } from "vitest";

/** Every statement that reaches the driver from here on, the transaction's own included; until mocks are restored. */
export function watchDriver(): () => string[] {
  const query = vi.spyOn(pg.Client.prototype, "query");
  return () =>
    query.mock.calls
      .map(([config]: readonly unknown[]) => {
        if (typeof config === "string") return config;
        if (typeof config === "object" && config !== null && "text" in config) return String(config.text);
        return "a statement of another form";
      })
      // Once a database, before its first transaction.
      .filter((text) => !text.startsWith("/* serving.role */"));
}

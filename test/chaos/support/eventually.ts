import { vi } from "vitest";

/**
 * Waits until a check passes, which is tried every 10 ms.
 * @returns how long that took, in milliseconds
 * @throws what the last try failed with, when it has not passed in time
 */
export async function eventually(check: () => unknown, withinMs = 60_000): Promise<number> {
  const started = performance.now();
  await vi.waitFor(check, { timeout: withinMs, interval: 10 });
  return performance.now() - started;
}

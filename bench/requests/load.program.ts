import { createRequire } from "node:module";
import type { Asked, Load } from "./load.ts";
import { questionOf } from "./workloads.ts";

// The rivals' package has it, so that who uses servo-storage does not install it.
const autocannon = createRequire(new URL("rivals/package.json", import.meta.url))("autocannon") as Autocannon;

/** As much of autocannon as is used here. */
type Autocannon = (options: object) => Promise<{
  readonly "2xx": number;
  readonly non2xx: number;
  readonly errors: number;
  readonly mismatches: number;
  readonly duration: number;
  readonly latency: { readonly p50: number; readonly p99: number };
}>;

process.on("message", async (load: Load) => process.send?.(await run(load)));

async function run(load: Load): Promise<Asked> {
  const { contestant, workload, subjects, url, connections, seconds, rate, from } = load;
  let next = from;
  let firstFailure: string | null = null;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(rate === undefined ? {} : { overallRate: rate }),
    verifyBody(body: string) {
      const isGood = !body.includes('"errors"');
      if (!isGood) firstFailure ??= body.slice(0, 500);
      return isGood;
    },
    requests: [
      {
        setupRequest: (request: object) => {
          const { method, path, tenant, body } = questionOf(workload, contestant, next, subjects);
          next += 1;
          const headers = { "x-tenant-id": tenant, "content-type": "application/json" };
          return { ...request, method, path, headers, body };
        },
      },
    ],
  });
  return {
    perSecond: result["2xx"] / result.duration,
    answered: result["2xx"] - result.mismatches,
    failed: result.non2xx + result.errors + result.mismatches,
    firstFailure,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

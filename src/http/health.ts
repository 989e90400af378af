import type { Plugin } from "graphql-yoga";
import type { Database } from "../db/database.ts";

/** `/health/ready`: it can serve, and is not shutting down. (`/health/live` is Yoga's own: the process answers.) */
export function useHealth(database: Database, isShuttingDown: () => boolean): Plugin {
  let checking: Promise<boolean> | undefined;
  /** Anybody may ask, so those that ask at once share one connection. */
  const canQueryNow = () => {
    checking ??= canQuery(database).finally(() => {
      checking = undefined;
    });
    return checking;
  };
  const failedPart = async () => {
    if (isShuttingDown()) return "shutting down";
    return (await canQueryNow()) ? undefined : "database";
  };
  return {
    async onRequest({ url, fetchAPI, endResponse }) {
      if (url.pathname !== "/health/ready") return;
      const failed = await failedPart();
      const body = failed === undefined ? { status: "ready" } : { status: "unavailable", failed };
      endResponse(fetchAPI.Response.json(body, { status: failed === undefined ? 200 : 503 }));
    },
  };
}

async function canQuery(database: Database): Promise<boolean> {
  try {
    await database.pool.query("/* health.ready */ SELECT 1");
    return true;
  } catch {
    return false;
  }
}

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedServer } from "../src/db/embedded/server.ts";
import type { ServerUrls } from "./lineage/catalogue/build.ts";

/** The server that the two options name, or one of its own that is gone after the work. */
export async function withServer(
  ownerUrl: string | undefined,
  applicationUrl: string | undefined,
  work: (server: ServerUrls) => Promise<void>,
): Promise<void> {
  if (ownerUrl !== undefined && applicationUrl !== undefined) return work({ ownerUrl, applicationUrl });
  if (ownerUrl !== applicationUrl) throw new Error("--owner-url and --application-url belong together");
  const folder = await mkdtemp(join(tmpdir(), "servo-bench-"));
  try {
    await chmod(folder, 0o711); // run by root, PostgreSQL is another user
    const server = await startEmbeddedServer({
      dataDirectory: join(folder, "data"),
      durable: false,
      // All of the largest catalogue stays in memory, and nothing works beside what is measured.
      settings: { shared_buffers: "2GB", max_wal_size: "8GB", checkpoint_timeout: "1h", autovacuum: "off" },
    });
    // The work then fails, and what follows cleans up.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.stop());
    try {
      await work(server);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

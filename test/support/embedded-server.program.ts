import { EmbeddedServerError } from "../../src/db/embedded/embedded-server-error.ts";
import { startEmbeddedServer } from "../../src/db/embedded/server.ts";

/** A program that runs an embedded server on the folder it is given, says so in one line, and waits for SIGTERM. */

const say = (announcement: object): void => void process.stdout.write(`${JSON.stringify(announcement)}\n`);

try {
  const server = await startEmbeddedServer({ dataDirectory: process.argv[2] ?? "" });
  const idle = setInterval(() => {}, 60_000);
  process.on("SIGINT", () => {});
  process.on("SIGTERM", async () => {
    await server.stop();
    clearInterval(idle);
  });
  say({ ownerUrl: server.ownerUrl, startedHere: server.startedHere });
} catch (error) {
  const problem = error instanceof EmbeddedServerError ? error.problem : undefined;
  say({ problem, message: String(error) });
}

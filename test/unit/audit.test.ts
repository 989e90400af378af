import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const script = fileURLToPath(new URL("../../scripts/audit.mjs", import.meta.url));

let folder: string;

/** A project with a dependency, and one for development alone. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "servo-audit-"));
  const manifest = {
    name: "p",
    version: "1.0.0",
    dependencies: { brittle: "1.0.0" },
    devDependencies: { tool: "1.0.0" },
  };
  const packages = {
    "": manifest,
    "node_modules/brittle": { version: "1.0.0" },
    "node_modules/tool": { version: "1.0.0", dev: true },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({ name: "p", version: "1.0.0", lockfileVersion: 3, packages }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const advisory = (title: string) => ({
  ...{ id: 1, url: "https://advisories.example/1", title, severity: "high", vulnerable_versions: "<2.0.0" },
  ...{ cwe: [], cvss: { score: 7.5, vectorString: null } },
});

/** A registry that answers audits so, and nothing else. */
async function registry(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    if (request.method === "POST") answer(request, response);
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const answering = (status: number, body: object) =>
  registry((_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
  );

async function audit(url: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: folder,
    env: {
      ...{ PATH: process.env.PATH, HOME: folder, npm_config_cache: join(folder, "cache") },
      ...{ npm_config_registry: url, npm_config_fetch_retries: "0", npm_config_update_notifier: "false" },
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

describe("npm run audit", () => {
  it("passes where the registry knows of nothing", async () => {
    expect(await audit(await answering(200, {}))).toEqual({
      code: 0,
      stdout: "audit: vulnerable packages: 0\n",
      stderr: "",
    });
  });

  it("fails where it knows of a vulnerability, and tells which", async () => {
    const url = await answering(200, { brittle: [advisory("Breaks")] });
    expect(await audit(url)).toEqual({
      code: 1,
      stdout: "high brittle <2.0.0 Breaks https://advisories.example/1\naudit: vulnerable packages: 1\n",
      stderr: "",
    });
    expect((await audit(url, "--audit-level=critical")).code).toBe(0);
  });

  it("leaves out what is for development alone", async () => {
    expect((await audit(await answering(200, { tool: [advisory("Breaks")] }))).code).toBe(0);
  });

  it.each([404, 405, 500])(
    "neither passes nor fails where the registry answers %i, and says so",
    async (status) => {
      const outcome = await audit(await answering(status, {}));
      expect(outcome).toMatchObject({ code: 3, stdout: "" });
      expect(outcome.stderr).toMatch(
        new RegExp(`^audit: NO ANSWER, so nothing is known of vulnerabilities: .*${status}`),
      );
    },
  );

  it("neither passes nor fails where there is no registry, or one that talks of something else", async () => {
    for (const url of ["http://127.0.0.1:1/", await registry((_, response) => response.end("<html>"))]) {
      expect(await audit(url)).toMatchObject({
        code: 3,
        stdout: "",
        stderr: expect.stringContaining("NO ANSWER"),
      });
    }
  });
});

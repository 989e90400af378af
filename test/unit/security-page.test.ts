import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { authenticateByToken } from "../../src/http/token-authentication.ts";
import { silentLogger } from "../../src/logger.ts";
import { makeFolder, removeFolder } from "../support/embedded-server.ts";
import { present } from "../support/present.ts";
import { makeKeys, pemOf } from "../support/tokens.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const [provider, gateway, secret, token] = [
  ...readFileSync(join(root, "docs/security.md"), "utf8").matchAll(/^```sh\n(.*?)^```$/gms),
].map(([, code]) => code);

let folder: string;
beforeAll(() => {
  folder = makeFolder();
  writeFileSync(join(folder, "gateway.pub.pem"), pemOf(makeKeys("rsa").publicKey));
});
afterAll(() => removeFolder(folder));

function run(script: string, cwd: string): string {
  const env = { PATH: process.env.PATH };
  return execFileSync("sh", ["-euc", script], { cwd, env, encoding: "utf8" });
}

/** The configuration in an environment that a block of docs/security.md has made. */
function configured(block: string | undefined) {
  const environment = run(`${present(block)}\nenv -0`, folder)
    .split("\0")
    .map((entry): [string, string] => {
      const [name = ""] = entry.split("=", 1);
      return [name, entry.slice(name.length + 1)];
    });
  return readConfig(Object.fromEntries(environment));
}

describe("docs/security.md", () => {
  it.each([
    ["a provider", provider],
    ["a gateway", gateway],
    ["a secret", secret],
  ])("shows what configures %s", (_, block) => {
    expect(configured(block)).toMatchObject({ authMode: "jwt", token: { tenantClaim: "tenant_id" } });
  });

  it("makes a token that is believed", async () => {
    const config = configured(secret);
    const made = run(`${secret}\necho "$JWT_SECRET"\n${token}`, root).split("\n");
    const [key = "", bearer = ""] = made;
    const options = { ...present(config.token), key: Buffer.from(key) };
    const headers = new Headers({ authorization: `Bearer ${bearer}` });
    expect(await authenticateByToken(options, silentLogger)(headers)).toEqual({
      tenantId: "demo",
      name: "ann",
      roles: ["editor"],
    });
  });
});

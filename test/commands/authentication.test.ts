import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readAnswer } from "../support/answer.ts";
import { prepareKeyProvider } from "../support/key-provider.ts";
import { expectRefusal, prepareProgram, warningsOf } from "../support/program.ts";
import { AUDIENCE, type Claims, ISSUER, SECRET, sign } from "../support/tokens.ts";

const test = prepareProgram();
const secret = { AUTH_MODE: "jwt", JWT_SECRET: Buffer.from(SECRET).toString(), JWT_TENANT_CLAIM: "tenant" };

async function ask(url: string, headers: Record<string, string> = {}) {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: '{"query":"{ assets(filter: { scope: OWN }) { totalCount } }"}',
  };
  return readAnswer(await fetch(`${url}/graphql`, init));
}

describe.concurrent("what serves without being told who asks", () => {
  it.each([
    [{ NODE_ENV: "production" }],
    [{ JWT_SECRET: secret.JWT_SECRET }],
    [{ NODE_ENV: "production", HOST: "0.0.0.0", ALLOW_INSECURE_HEADER_AUTH: "1" }],
  ])("does not start, and asks: %j", async (environment) => {
    const outcome = await test.run(["serve"], { ...environment, DATA_DIR: "/dev/null" });
    expectRefusal(outcome, 2, /^servo-storage: AUTH_MODE must be given .*NODE_ENV.*jwt .*header /);
  });

  it("does not start with tokens and no key to check them with", async () => {
    const outcome = await test.run(["serve"], { AUTH_MODE: "jwt", DATA_DIR: "/dev/null" });
    expectRefusal(outcome, 2, /^servo-storage: JWT_JWKS_URL, JWT_PUBLIC_KEY or JWT_SECRET must be given/);
  });
});

describe("with a database", () => {
  /** One for all that serves below, one after the other. */
  let data: string;

  beforeAll(() => {
    data = join(test.folder(), "data");
  });

  it("migrates in production without being told who asks", async () => {
    const { code } = await test.run(["migrate"], { NODE_ENV: "production", DATA_DIR: data });
    expect(code).toBe(0);
  });

  it("lets in on any address who has a token, such as a gateway passes on, and nobody else", async () => {
    const { url, program } = await test.serve({
      ...secret,
      NODE_ENV: "production",
      GRAPHIQL: "1",
      HOST: "0.0.0.0",
      DATA_DIR: data,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
    });
    const address = url.replace("0.0.0.0", "127.0.0.1");
    const as = async (claims: Claims) => ask(address, { authorization: `Bearer ${await sign(claims)}` });
    expect(await as({ tenant: "demo" })).toMatchObject({ status: 200, errors: [] });
    expect(await as({ tenant: "demo", iss: "https://other/" })).toMatchObject({ status: 401 });
    expect(await as({ roles: [] })).toMatchObject({ status: 403 });
    expect(await ask(address, { "x-tenant-id": "demo" })).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: "UNAUTHENTICATED" } }],
    });
    const page = await fetch(`${address}/graphql`, { headers: { accept: "text/html" } });
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain("Bearer <token>");
    expect(html).not.toContain('"x-tenant-id');
    expect(await warningsOf(program)).toEqual([]);
  });

  it("warns of tokens that are not bound to an issuer or an audience", async () => {
    const { program } = await test.serve({ ...secret, DATA_DIR: data });
    const warning = (name: string) => expect.stringMatching(new RegExp(`^${name} is not set: `));
    expect(await warningsOf(program)).toEqual(["JWT_ISSUER", "JWT_AUDIENCE"].map(warning));
  });

  describe("with a provider", () => {
    const provider = prepareKeyProvider();

    it("fetches its keys at the start, and serves on when it has gone", async () => {
      const signWithKey = provider.current.addKey("first");
      const { url, program } = await test.serve({
        AUTH_MODE: "jwt",
        JWT_JWKS_URL: provider.current.url,
        JWT_ISSUER: ISSUER,
        JWT_AUDIENCE: AUDIENCE,
        JWT_TENANT_CLAIM: "tenant",
        DATA_DIR: data,
      });
      await expect.poll(() => provider.current.asked).toBe(1);
      const token = await signWithKey({ tenant: "demo" });
      expect(await ask(url, { authorization: `Bearer ${token}` })).toMatchObject({ status: 200, errors: [] });
      provider.current.answer = (response) => response.writeHead(500).end();
      expect(await ask(url, { authorization: `Bearer ${token}` })).toMatchObject({ status: 200, errors: [] });
      expect(provider.current.asked).toBe(1);
      const { code, stdout, stderr } = await program.end();
      expect(code).toBe(0);
      for (const part of token.split(".")) expect(stdout + stderr).not.toContain(part);
    });
  });
});

import { createHmac } from "node:crypto";
import { request } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { algorithmsFor } from "../../src/config/token-key.ts";
import { listen } from "../../src/http/server.ts";
import { authenticateByToken, type TokenOptions } from "../../src/http/token-authentication.ts";
import { silentLogger } from "../../src/logger.ts";
import { readAnswer } from "../support/answer.ts";
import { Client, prepareApi } from "../support/graphql.ts";
import { present } from "../support/present.ts";
import {
  claimsOf,
  forge,
  ISSUER,
  type KeyKind,
  makeKeys,
  pemOf,
  SECRET,
  secondsFromNow,
  sign,
  tokenOptions,
} from "../support/tokens.ts";

const api = prepareApi();
const rsa = makeKeys("rsa");
const UNSIGNED = "has a signature that does not hold";
const NOT_ACCEPTED = "is signed with an algorithm that is not accepted";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const opened = (options?: Partial<TokenOptions>) =>
  api.open({ authenticate: authenticateByToken(tokenOptions(options), silentLogger) });

/** Fails unless a request with these headers is refused before its body, which is no JSON, is looked at. */
async function expectUnauthenticated(
  headers: HeadersInit,
  message: string | RegExp,
  options?: Partial<TokenOptions>,
): Promise<string> {
  const { fetch, statements, lines } = opened(options);
  let challenge = "";
  const sent = await statements.during(async () => {
    const response = await fetch("/graphql", { method: "POST", headers, body: "{" });
    challenge = present(response.headers.get("www-authenticate"));
    expect(await readAnswer(response)).toMatchObject({
      status: 401,
      data: undefined,
      errors: [{ message: expect.stringMatching(message), extensions: { code: "UNAUTHENTICATED" } }],
    });
  });
  expect(sent).toEqual([]);
  expect(lines).toMatchObject([
    {
      ...{ level: "INFO", message: "Request answered", status: 401 },
      ...{ error_codes: ["UNAUTHENTICATED"], reason: expect.stringMatching(message) },
    },
  ]);
  return challenge;
}

async function expectAccepted(token: string, options?: Partial<TokenOptions>): Promise<void> {
  const client = new Client(opened(options).fetch, bearer(token));
  expect(await client.query("{ assets { totalCount } }")).toHaveProperty("assets");
}

describe("Authorization", () => {
  const Form = /^Authorization must be one header of the form Bearer <token>\.$/;

  it("is needed", async () => {
    const challenge = await expectUnauthenticated({}, /^A token is needed, in the header Authorization/);
    expect(challenge).toBe("Bearer");
  });

  it.each([
    "",
    "Bearer",
    "Bearer ",
    "Basic YTpi",
    "bearertoken",
    "Bearer a b",
    "Bearer a,b",
    "Bearer \u00e9",
    "Token a",
  ])("is refused as %j", async (authorization) => {
    expect(await expectUnauthenticated({ authorization }, Form)).toBe("Bearer");
  });

  it("is refused when it is sent twice, also over a real connection", async () => {
    const token = await sign();
    const headers = new Headers();
    headers.append("authorization", `Bearer ${token}`);
    headers.append("authorization", `Bearer ${token}`);
    await expectUnauthenticated(headers, Form);

    const server = await listen(opened().app, { host: "127.0.0.1", port: 0 });
    try {
      expect(await statusOf(server.url, [`Bearer ${token}`])).toBe(200);
      expect(await statusOf(server.url, [`Bearer ${token}`, `Bearer ${token}`])).toBe(401);
      expect(await statusOf(server.url, [`Bearer ${token}`, "Bearer x"])).toBe(401);
    } finally {
      await server.close(1000);
    }
  });

  it("may write its scheme in lower case", async () => {
    const client = new Client(opened().fetch, { authorization: `bearer ${await sign()}` });
    expect(await client.query("{ __typename }")).toEqual({ __typename: "Query" });
  });

  it("is not needed for GraphiQL's page and for probes", async () => {
    const { fetch } = opened();
    const page = await fetch("/graphql", { headers: { accept: "text/html" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect((await fetch("/health/ready")).status).toBe(200);
  });
});

describe("a token is refused that", () => {
  const wrong: readonly [what: string, make: () => Promise<string> | string, reason: string][] = [
    ["has expired", () => sign({ exp: secondsFromNow(-31) }), "has expired"],
    ["is not valid yet", () => sign({ nbf: secondsFromNow(60) }), "is not valid yet"],
    ["never expires", () => sign({ exp: undefined }), "has no claim exp"],
    [
      "expires when nobody lives",
      () => signed({ alg: "HS256" }, JSON.stringify(claimsOf({ exp: 0 })).replace('"exp":0', '"exp":1e400')),
      "has a malformed claim exp",
    ],
    ["expires in words", () => signAnyway({ exp: "tomorrow" }), "has a malformed claim exp"],
    [
      "is another issuer's",
      () => sign({ iss: "https://evil.example/" }),
      "is of an issuer that is not accepted",
    ],
    ["is nobody's", () => sign({ iss: undefined }), "has no claim iss"],
    ["is for another service", () => sign({ aud: "shop" }), "is made for another audience"],
    ["is for several others", () => sign({ aud: ["shop", "servo2"] }), "is made for another audience"],
    ["is for no service", () => sign({ aud: undefined }), "has no claim aud"],
    ["is signed with another secret", () => sign({}, { key: Buffer.alloc(64, "x") }), UNSIGNED],
    ["is signed with another algorithm of the same key", () => sign({}, { alg: "HS512" }), NOT_ACCEPTED],
    ["is signed with a key of its own", () => sign({}, { key: rsa.privateKey, alg: "RS256" }), NOT_ACCEPTED],
    ["says that it is not signed", () => forge({ alg: "none" }, claimsOf()), NOT_ACCEPTED],
    ["says so in other letters", () => forge({ alg: "nOnE" }, claimsOf(), "eA"), NOT_ACCEPTED],
    ["has another payload than was signed", async () => tampered(await sign()), UNSIGNED],
    ["has lost its signature", async () => `${(await sign()).split(".", 2).join(".")}.`, UNSIGNED],
    ["names no algorithm", () => forge({}, claimsOf(), "eA"), "is malformed"],
    [
      "asks for what nobody knows",
      () => forge({ alg: "HS256", crit: ["x"], x: 1 }, claimsOf(), "eA"),
      "is malformed",
    ],
    ["holds no claims", () => signed({ alg: "HS256" }, "[]"), "is malformed"],
    ["holds no JSON", () => signed({ alg: "HS256" }, "{"), "is malformed"],
    ["has two parts", () => "a.b", "is malformed"],
    ["has five parts", () => "a.b.c.d.e", "is malformed"],
    ["is one word", () => "secret", "is malformed"],
  ];

  it.each(wrong)("%s", async (_, make, reason) => {
    const challenge = await expectUnauthenticated(bearer(await make()), `The token ${reason}.`);
    expect(challenge).toBe(`Bearer error="invalid_token", error_description="The token ${reason}."`);
  });

  it.each([
    pemOf(rsa.publicKey),
    pemOf(rsa.publicKey).trim(),
    rsa.publicKey.export({ type: "spki", format: "der" }),
  ])("is signed with the public key as if it were a secret (%#)", async (secret) => {
    const key = Buffer.from(secret);
    for (const alg of ["HS256", "HS384", "HS512"])
      await expectUnauthenticated(bearer(await sign({}, { key, alg })), NOT_ACCEPTED, {
        key: rsa.publicKey,
        algorithms: algorithmsFor(rsa.publicKey),
      });
  });

  it("brings the key along that it is signed with", async () => {
    const mine = makeKeys("rsa");
    for (const header of [
      { jwk: mine.publicKey.export({ format: "jwk" }) },
      { jku: "https://evil.example/keys" },
    ])
      await expectUnauthenticated(
        bearer(await sign({}, { key: mine.privateKey, alg: "RS256", header })),
        UNSIGNED,
        { key: rsa.publicKey, algorithms: ["RS256"] },
      );
  });
});

describe("a token is accepted that", () => {
  it.each<KeyKind>(["rsa", "P-256", "P-384", "P-521", "ed25519"])(
    "is signed with a %s key, in every algorithm that fits it",
    async (kind) => {
      const { publicKey, privateKey } = makeKeys(kind);
      const algorithms = algorithmsFor(publicKey);
      expect(algorithms.length).toBeGreaterThan(0);
      for (const alg of algorithms)
        await expectAccepted(await sign({}, { key: privateKey, alg }), { key: publicKey, algorithms });
    },
  );

  it.each(["HS256", "HS384", "HS512"])("is signed with a secret, in %s", async (alg) => {
    await expectAccepted(await sign({}, { alg }), { algorithms: [alg] });
  });

  it("expired or begins within half a minute, for clocks differ", async () => {
    await expectAccepted(await sign({ exp: secondsFromNow(-20), nbf: secondsFromNow(20) }));
  });

  it("is for several services, one of them this, and of one of several issuers", async () => {
    await expectAccepted(await sign({ aud: ["shop", "servo"] }), { issuers: ["https://other/", ISSUER] });
  });

  it("is of whatever issuer and for whomever, where none is configured", async () => {
    await expectAccepted(await sign({ iss: undefined, aud: undefined }), {
      issuers: undefined,
      audiences: undefined,
    });
  });
});

describe("nothing of a token", () => {
  let told = "";

  beforeAll(async () => {
    const { fetch, lines } = opened();
    for (const claims of [
      { exp: 1 },
      { tenant: "~WORD" },
      { roles: ["WORD"] },
      { sub: "~WORD" },
      { aud: "WORD" },
    ]) {
      const token = await sign({ jti: "WORD", ...claims });
      const response = await fetch("/graphql", { method: "POST", headers: bearer(token), body: "{" });
      expect([401, 403]).toContain(response.status);
      told += `${JSON.stringify([...response.headers])}${await response.text()}`;
      for (const part of token.split(".")) expect(told).not.toContain(part);
    }
    told += JSON.stringify(lines);
  });

  it("is told or logged when it is refused", () => {
    expect(told).toContain("The token");
    expect(told).not.toMatch(/WORD|eyJ/);
  });
});

/** Signs what jose would not. */
function signed(header: object, payload: string): string {
  const [head, body] = forge(header, payload).split(".");
  const signature = createHmac("sha256", SECRET).update(`${head}.${body}`).digest("base64url");
  return `${head}.${body}.${signature}`;
}

const signAnyway = (claims: object) => signed({ alg: "HS256" }, JSON.stringify({ ...claimsOf(), ...claims }));

/** The token with another tenant in it. */
function tampered(token: string): string {
  const [header, , signature] = token.split(".");
  return forge({}, claimsOf({ tenant: "other" }), signature).replace(/^[^.]*/, present(header));
}

/** The status of a request with these headers, each in a line of its own. */
function statusOf(url: string, authorization: string[]): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/graphql`, { method: "POST" }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    sending.setHeader("content-type", "application/json").setHeader("authorization", authorization);
    sending.once("error", reject).end('{"query":"{ __typename }"}');
  });
}

import { describe, expect, it } from "vitest";
import { authenticateByToken, type TokenOptions } from "../../src/http/token-authentication.ts";
import { silentLogger } from "../../src/logger.ts";
import { readAnswer } from "../support/answer.ts";
import { storeAsset } from "../support/factories.ts";
import { Client, prepareApi } from "../support/graphql.ts";
import { prepareKeyProvider } from "../support/key-provider.ts";
import { type Claims, sign, tokenOptions } from "../support/tokens.ts";

const api = prepareApi();
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const opened = (options?: Partial<TokenOptions>) =>
  api.open({ authenticate: authenticateByToken(tokenOptions(options), silentLogger) });

describe("who sends a token", () => {
  const make =
    'mutation { createAsset(input: { name: "made", assetType: "t" }) { asset { tenantId createdBy } } }';

  it("acts in the token's tenant, in its own name", async () => {
    const client = new Client(opened().fetch, bearer(await sign({ tenant: "t1", sub: "auth0|ann" })));
    expect(await client.query(make)).toEqual({
      createAsset: { asset: { tenantId: "t1", createdBy: "auth0|ann" } },
    });
    const other = new Client(opened().fetch, bearer(await sign({ tenant: "t2" })));
    expect(await other.query("{ assets(filter: { scope: OWN }) { totalCount } }")).toEqual({
      assets: { totalCount: 0 },
    });
  });

  it("may do what its roles allow", async () => {
    const client = new Client(opened().fetch, bearer(await sign({ tenant: "t1", roles: ["reader"] })));
    expect((await client.refusal(make)).message).toBe("createAsset needs the role editor or admin.");
  });

  it("acts as the system where the token says so, on global data or in the tenant that is named", async () => {
    const token = bearer(await sign({ tenant: undefined, roles: "system", sub: undefined }));
    const client = new Client(opened().fetch, token);
    expect(await client.query(make)).toEqual({
      createAsset: { asset: { tenantId: null, createdBy: "system" } },
    });
    const inTenant = new Client(opened().fetch, { ...token, "x-tenant-id": "t3" });
    expect(await inTenant.query(make)).toEqual({
      createAsset: { asset: { tenantId: "t3", createdBy: "t3" } },
    });
  });

  const NoRole = "The token gives no role in its claim roles.";

  const NoTenant = "The token names no tenant in its claim tenant.";
  const OtherTenant = "x-tenant-id names another tenant than the token.";
  const Malformed = "The token has a malformed tenant id.";

  it.each<[string, Claims, Record<string, string>, number, string, reason?: string]>([
    ["without a role", { roles: [] }, {}, 403, "FORBIDDEN", NoRole],
    ["without a tenant", { tenant: undefined }, {}, 403, "FORBIDDEN", NoTenant],
    ["for another tenant in x-tenant-id", {}, { "x-tenant-id": "other" }, 403, "FORBIDDEN", OtherTenant],
    ["for no possible tenant in x-tenant-id", {}, { "x-tenant-id": "~global" }, 400, "BAD_USER_INPUT"],
    ["of a malformed tenant", { tenant: "~global" }, {}, 401, "UNAUTHENTICATED", Malformed],
    ["whatever x-servo-role says", { roles: "none" }, { "x-servo-role": "system" }, 403, "FORBIDDEN", NoRole],
  ])("is refused %s, before the body is looked at", async (_, claims, headers, status, code, reason) => {
    const { fetch, statements, lines } = opened();
    const sent = await statements.during(async () => {
      const init = { method: "POST", headers: { ...headers, ...bearer(await sign(claims)) }, body: "{" };
      const answer = await readAnswer(await fetch("/graphql", init));
      expect(answer).toMatchObject({ status, data: undefined, errors: [{ extensions: { code } }] });
    });
    expect(sent).toEqual([]);
    expect(lines).toMatchObject([{ message: "Request answered", status, error_codes: [code] }]);
    expect(lines[0]?.reason).toBe(reason);
  });
});

describe("through a gateway", () => {
  const Entities = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Asset { id } } }";

  it("the token that is passed on decides whose entities there are, and without one there are none", async () => {
    const [own, foreign] = await Promise.all(
      ["t4", "t5"].map((tenant) =>
        storeAsset({ id: tenant, run: (work) => api.store.asTenant(tenant, work) }),
      ),
    );
    const { fetch, statements } = opened();
    const variables = {
      of: [own, foreign].flatMap((asset) => [
        { __typename: "Asset", id: asset?.id },
        { __typename: "Asset", name: asset?.name },
      ]),
    };
    const client = new Client(fetch, bearer(await sign({ tenant: "t4", roles: ["reader"] })));
    expect(await client.query(Entities, variables)).toEqual({
      _entities: [{ id: own?.id }, { id: own?.id }, null, null],
    });
    const sent = await statements.during(async () => {
      for (const document of [Entities, "{ _service { sdl } }"])
        expect(await new Client(fetch, {}).send(document, variables)).toMatchObject({
          status: 401,
          data: undefined,
          errors: [{ extensions: { code: "UNAUTHENTICATED" } }],
        });
    });
    expect(sent).toEqual([]);
  });
});

describe("a provider of keys", () => {
  const provider = prepareKeyProvider();

  it("signs what is accepted, with a key that the token names", async () => {
    const sign = provider.current.addKey("first");
    const { fetch } = opened({ key: provider.current.url, algorithms: ["ES256"] });
    const ask = async (kid?: string) => {
      const headers = bearer(await sign({}, { kid }));
      const answer = await readAnswer(await fetch("/graphql?query={__typename}", { headers }));
      return answer.errors[0]?.message ?? answer.data;
    };
    expect(await ask("first")).toEqual({ __typename: "Query" });
    expect(await ask("x")).toBe("The token is signed with an unknown key.");
  });

  it("with several keys needs to be told which one signed", async () => {
    provider.current.addKey("first");
    const sign = provider.current.addKey("second");
    const { fetch } = opened({ key: provider.current.url, algorithms: ["ES256"] });
    const headers = bearer(await sign({}, { kid: undefined }));
    expect(await readAnswer(await fetch("/graphql?query={__typename}", { headers }))).toMatchObject({
      status: 401,
      errors: [{ message: "The token does not say which key it is signed with (kid)." }],
    });
  });

  it("that has never answered leaves the service unavailable", async () => {
    const sign = provider.current.addKey("first");
    provider.current.answer = (response) => response.writeHead(500).end();
    const { fetch, statements } = opened({ key: provider.current.url, algorithms: ["ES256"] });
    const sent = await statements.during(async () => {
      const init = { method: "POST", headers: bearer(await sign()), body: "{" };
      expect(await readAnswer(await fetch("/graphql", init))).toMatchObject({
        status: 503,
        data: undefined,
        errors: [{ extensions: { code: "UNAVAILABLE", retryable: true } }],
      });
    });
    expect(sent).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { authenticateByToken } from "../../src/http/token-authentication.ts";
import { silentLogger } from "../../src/logger.ts";
import { storeAssets } from "../support/factories.ts";
import { GATEWAYS, prepareGateway } from "../support/federation/gateways.ts";
import { prepareGraph } from "../support/federation/graph.ts";
import { prepareApi } from "../support/graphql.ts";
import { type Claims, secondsFromNow, sign, tokenOptions } from "../support/tokens.ts";

const api = prepareApi();
const graph = prepareGraph(api);

const BOTH = '{ notedAssets(names: ["orders"]) { assetType note } }';

describe.each(GATEWAYS)("%s passes on", (name) => {
  const gateway = prepareGateway(name, graph);

  describe("the authorization:", () => {
    /** The API as it is served with AUTH_MODE=jwt. */
    const serveWithTokens = () => {
      const opened = api.open({ authenticate: authenticateByToken(tokenOptions(), silentLogger) });
      graph.storage.serve(opened.app);
      return opened;
    };
    const bearing = async (claims?: Claims) =>
      gateway.with({ authorization: `Bearer ${await sign(claims)}` });

    it("a signed token decides whose data are joined", async () => {
      const tenant = api.store.newTenant();
      await storeAssets(tenant, ["orders"]);
      serveWithTokens();
      expect(await (await bearing({ tenant: tenant.id })).query(BOTH)).toEqual({
        notedAssets: [{ assetType: "table", note: "note on orders" }],
      });
      const { data } = await (await bearing({ tenant: "somebody-else" })).send(BOTH);
      expect(data).toEqual({ notedAssets: [null] });
    });

    it.each<[string, () => Promise<Readonly<Record<string, string>>>]>([
      ["no token", async () => ({})],
      ["no token, but a tenant's name", async () => ({ "x-tenant-id": "acme" })],
      [
        "an expired token",
        async () => ({ authorization: `Bearer ${await sign({ exp: secondsFromNow(-60) })}` }),
      ],
      ["another's signature", async () => ({ authorization: `Bearer ${(await sign()).slice(0, -6)}AAAAAA` })],
    ])("with %s, nothing is told and nothing is asked of the database", async (_, headers) => {
      const { statements } = serveWithTokens();
      const client = gateway.with(await headers());
      const error = await client.refusal("{ assets { nodes { name } } }");
      expect(error).toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
      expect(await client.refusal('{ alarmedAssets(ids: ["x"]) { owner } }')).toMatchObject({
        extensions: { code: "UNAUTHENTICATED" },
      });
      expect(statements.sent).toEqual([]);
    });

    it("a token without a role is refused", async () => {
      serveWithTokens();
      const client = await bearing({ roles: [] });
      expect(await client.refusal("{ assets { totalCount } }")).toMatchObject({
        extensions: { code: "FORBIDDEN" },
      });
    });
  });

  it("the request id and the trace, to every subgraph and into the log", async () => {
    const tenant = api.store.newTenant();
    await storeAssets(tenant, ["orders"]);
    const given = {
      "x-request-id": `asked-of-${name.replace(" ", "-")}`,
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "vendor=1",
    };
    await gateway.with({ ...given, "x-tenant-id": tenant.id }).query(BOTH);
    expect([graph.storage.received, graph.notes.received]).toMatchObject([[given], [given]]);
    const answered = api.lines.filter(({ message }) => message === "Request answered");
    expect(answered.at(-1)).toMatchObject({ request_id: given["x-request-id"], tenant_id: tenant.id });
  });

  it("an id of its own where there is none, the same to every subgraph", async () => {
    await gateway.with({}).send(BOTH);
    const [id, ...others] = [...graph.storage.received, ...graph.notes.received].map(
      (headers) => headers["x-request-id"],
    );
    expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(others).toEqual([id]);
  });
});

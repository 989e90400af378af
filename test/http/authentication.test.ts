import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { listen } from "../../src/http/server.ts";
import { readAnswer } from "../support/answer.ts";
import { prepareApi, type SendOptions } from "../support/graphql.ts";
import { createAsset, findAsset, mutation } from "../support/graphql-operations.ts";

const api = prepareApi();

const post = (headers: HeadersInit): RequestInit => ({
  method: "POST",
  headers,
  body: JSON.stringify({ query: "{ __typename assets { totalCount } }" }),
});

describe("x-tenant-id", () => {
  const Rule = "x-tenant-id must be 1 to 128 letters, digits or ._:- and begin with a letter or a digit";

  it.each([
    ["empty", ""],
    ["blank", "  "],
    ["with a blank in it", "a b"],
    ["repeated in one line", "acme, acme"],
    ["the reserved one of global rows", "~global"],
    ["beginning with a dot", ".acme"],
    ["beginning with a hyphen", "-acme"],
    ["with a slash", "acme/eu"],
    ["with a quote", "acme'"],
    ["with a letter beyond ASCII", "acmé"],
    ["of 129 characters", "a".repeat(129)],
  ])("is refused when it is %s, before anything is read", async (_, tenantId) => {
    const sent = await api.statements.during(async () => {
      const answer = await readAnswer(
        await api.fetch("/graphql", post({ "content-type": "application/json", "x-tenant-id": tenantId })),
      );
      expect(answer).toMatchObject({
        status: 400,
        data: undefined,
        errors: [{ message: Rule, extensions: { code: "BAD_USER_INPUT", inputPath: ["x-tenant-id"] } }],
      });
    });
    expect(sent).toEqual([]);
  });

  it("is refused when it is sent twice, also over a real connection", async () => {
    const headers = new Headers({ "content-type": "application/json" });
    headers.append("x-tenant-id", "acme");
    headers.append("x-tenant-id", "acme");
    expect((await readAnswer(await api.fetch("/graphql", post(headers)))).status).toBe(400);

    const server = await listen(api.app, { host: "127.0.0.1", port: 0 });
    try {
      expect(await sendTwice(server.url)).toBe(400);
    } finally {
      await server.close(1000);
    }
  });

  it.each(["a", "0", "Acme", "acme", "a.b_c:d-1", "x".repeat(128)])("may be %s", async (tenantId) => {
    const client = api.asTenant(tenantId);
    const asset = await createAsset(client, { name: "own" });
    expect(asset).toMatchObject({ tenantId, createdBy: tenantId });
    expect(await client.query("{ assets(filter: { scope: OWN }) { nodes { id } } }")).toEqual({
      assets: { nodes: [{ id: asset.id }] },
    });
  });
});

describe("x-servo-role", () => {
  it.each(["", "System", "Admin", "system, system", "tenant", "anonymous", "constructor"])(
    "is refused as %j",
    async (role) => {
      const headers = { "content-type": "application/json", "x-tenant-id": "acme", "x-servo-role": role };
      expect(await readAnswer(await api.fetch("/graphql", post(headers)))).toMatchObject({
        status: 400,
        errors: [
          {
            message: "x-servo-role must be one of reader, editor, admin, system where it is given",
            extensions: { code: "BAD_USER_INPUT", inputPath: ["x-servo-role"] },
          },
        ],
      });
    },
  );

  it("of the system sees and writes global rows, and no tenant's", async () => {
    const tenant = api.newTenant();
    const own = await createAsset(tenant);
    const global = await createAsset(api.system);
    expect(global).toMatchObject({ tenantId: null, createdBy: "system", updatedBy: "system" });
    expect(await findAsset(api.system, global.id)).toEqual(global);
    expect(await findAsset(api.system, own.id)).toBeNull();
    const { assets } = await api.system.query<{ assets: { nodes: readonly { tenantId: null }[] } }>(
      "{ assets(first: 1000) { nodes { tenantId } } }",
    );
    expect(new Set(assets.nodes.map(({ tenantId }) => tenantId))).toEqual(new Set([null]));
  });

  it("of the system with a tenant acts in that tenant, in its own name", async () => {
    const tenant = api.newTenant();
    const own = await createAsset(tenant, { name: "theirs" });
    const global = await createAsset(api.system);
    const options: SendOptions = { headers: { "x-tenant-id": tenant.tenantId } };
    const { data } = await api.system.send(
      'mutation { createAsset(input: { name: "made", assetType: "t" }) { asset { tenantId createdBy } } }',
      {},
      options,
    );
    expect(data).toEqual({ createAsset: { asset: { tenantId: tenant.tenantId, createdBy: "system" } } });
    const change = { input: { id: own.id, owner: "ops" } };
    expect(await api.system.send(mutation("updateAsset"), change, options)).toMatchObject({
      data: { updateAsset: { asset: { createdBy: tenant.tenantId, updatedBy: "system" } } },
    });
    expect(
      (await api.system.send(mutation("updateAsset"), { input: { id: global.id, owner: "x" } }, options))
        .errors,
    ).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
  });
});

it("without a header only global rows are visible", async () => {
  await createAsset(api.newTenant());
  const global = await createAsset(api.system);
  expect(await findAsset(api.nobody, global.id)).toEqual(global);
  const { assets } = await api.nobody.query<{ assets: { nodes: readonly { tenantId: null }[] } }>(
    "{ assets(first: 1000) { nodes { tenantId } } }",
  );
  expect(new Set(assets.nodes.map(({ tenantId }) => tenantId))).toEqual(new Set([null]));
  expect(await api.nobody.query("{ assets(filter: { scope: OWN }) { totalCount } }")).toEqual({
    assets: { totalCount: 0 },
  });
});

/** The status of a request whose header comes in two lines. */
function sendTwice(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "x-tenant-id": ["acme", "acme"] };
    const sending = request(`${url}/graphql`, { method: "POST", headers }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    sending.once("error", reject).end('{"query":"{ __typename }"}');
  });
}

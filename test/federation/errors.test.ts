import { describe, expect, it } from "vitest";
import { authenticateByToken } from "../../src/http/token-authentication.ts";
import { silentLogger } from "../../src/logger.ts";
import { storeAssets, UNKNOWN_ID } from "../support/factories.ts";
import { GATEWAYS, prepareGateway } from "../support/federation/gateways.ts";
import { prepareGraph } from "../support/federation/graph.ts";
import { prepareApi } from "../support/graphql.ts";
import { present } from "../support/present.ts";
import { tokenOptions } from "../support/tokens.ts";

const api = prepareApi();
const graph = prepareGraph(api);

/** An address that nobody listens on. */
const NOWHERE = "127.0.0.1:9";

const createAsset = (name: string) =>
  `mutation { createAsset(input: { name: "${name}", assetType: "table" }) { asset { id } } }`;

/** Pages of 50 in pages; Hive Gateway, which prices too, counts one row where `first` is not given. */
const EXPENSIVE = `{ assets { nodes { ${"upstream { nodes { upstream { ".repeat(4)} name ${"} } }".repeat(4)} } } }`;

describe.each(GATEWAYS)("through %s", (name) => {
  const gateway = prepareGateway(name, graph);
  const tenant = api.store.newTenant();
  const client = () => gateway.asTenant(tenant.id);

  describe("an error keeps its code and its message:", () => {
    it.each<[string, string, object]>([
      ["BAD_USER_INPUT", '{ asset(id: "1") { name } }', { inputPath: ["id"] }],
      ["NOT_FOUND", `mutation { deleteAsset(input: { id: "${UNKNOWN_ID}" }) { deletedId } }`, {}],
      ["LIMIT_EXCEEDED", EXPENSIVE, {}],
    ])("%s", async (code, document, more) => {
      const own = await api.asTenant(tenant.id).refusal(document);
      const { message, extensions } = await client().refusal(document);
      expect({ message, extensions }).toEqual({ message: own.message, extensions: { code, ...more } });
    });

    it("CONFLICT", async () => {
      await client().query(createAsset(name));
      expect(await client().refusal(createAsset(name))).toMatchObject({
        message: `An asset named "${name}" exists already.`,
        path: ["createAsset"],
        extensions: { code: "CONFLICT" },
      });
    });

    it("FORBIDDEN", async () => {
      expect(await gateway.with({}).refusal(createAsset("nobody's"))).toMatchObject({
        message: "A tenant is needed to write; without one, only global data can be read.",
        extensions: { code: "FORBIDDEN" },
      });
    });

    it("BAD_USER_INPUT of a header, before execution", async () => {
      expect(await gateway.asTenant("~global").refusal("{ assets { totalCount } }")).toMatchObject({
        message: expect.stringContaining("x-tenant-id must be"),
        extensions: { code: "BAD_USER_INPUT", inputPath: ["x-tenant-id"] },
      });
    });

    it("UNAVAILABLE while the database is away", async () => {
      graph.storage.serve(api.open({ url: `postgres://a:b@${NOWHERE}/c`, retry: { attempts: 1 } }).app);
      expect(await client().refusal("{ assets { totalCount } }")).toMatchObject({
        extensions: { code: "UNAVAILABLE", retryable: true },
      });
    });

    it("UNAVAILABLE before execution, while keys cannot be fetched", async () => {
      const options = tokenOptions({ key: `http://${NOWHERE}/keys`, algorithms: ["ES256"] });
      graph.storage.serve(api.open({ authenticate: authenticateByToken(options, silentLogger) }).app);
      const authorization = "Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.e30.AAAA";
      expect(await gateway.with({ authorization }).refusal("{ assets { totalCount } }")).toMatchObject({
        extensions: { code: "UNAVAILABLE", retryable: true },
      });
    });
  });

  describe("of objects that another subgraph refers to,", () => {
    it("a malformed key is refused by itself", async () => {
      const [orders] = await storeAssets(tenant, ["orders"]);
      const document = "query ($ids: [ID!]!) { alarmedAssets(ids: $ids) { owner name } }";
      const { data, errors } = await client().send(document, { ids: ["1", present(orders).id] });
      expect(data).toEqual({ alarmedAssets: [null, { owner: null, name: "orders" }] });
      // Hive Gateway repeats it for each field.
      expect(new Set(errors.map(({ message }) => message))).toEqual(
        new Set(["representations[0].id must be a UUID"]),
      );
      expect(errors[0]).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
    });

    it("more than 1,000 are LIMIT_EXCEEDED", async () => {
      const names = Array.from({ length: 1001 }, (_, index) => `asset ${index}`);
      const document = "query ($names: [String!]!) { notedAssets(names: $names) { note owner } }";
      const { data, errors } = await client().send(document, { names });
      expect(errors[0]).toMatchObject({ extensions: { code: "LIMIT_EXCEEDED" } });
      expect(data).toMatchObject({ notedAssets: { length: 1001, 1000: { note: "note on asset 1000" } } });
    });
  });

  describe("what is the storage's stays whole", () => {
    const document = "query ($id: ID!) { asset(id: $id) { name assetType note alarm } }";

    const expectWhole = async () => {
      const [asset] = await storeAssets(tenant, [`whole ${name}`]);
      const id = present(asset).id;
      const answer = await client().send(document, { id });
      const alarm = `alarm of ${id}`;
      expect(answer.data).toEqual({
        asset: { name: `whole ${name}`, assetType: "table", note: null, alarm },
      });
      expect(answer.errors).not.toEqual([]);
    };

    it("while another subgraph fails", async () => {
      graph.notes.failure = new Error("the notes are out of order");
      await expectWhole();
    });

    it("while another subgraph does not answer", async () => {
      graph.notes.absent = true;
      await expectWhole();
    });
  });

  it("what is another subgraph's stays whole while the storage is away", async () => {
    graph.storage.serve((request) => request.destroy());
    const document = '{ alarmedAssets(ids: ["1"]) { id alarm owner } }';
    const { data, errors } = await client().send(document);
    expect(data).toEqual({ alarmedAssets: [{ id: "1", alarm: "alarm of 1", owner: null }] });
    expect(errors).not.toEqual([]);
  });
});

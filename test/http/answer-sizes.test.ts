import { expect, it, vi } from "vitest";
import { storeAssets } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";
import { prepareHeavy } from "../support/heavy.ts";

const api = prepareApi({ slowOperationMs: 60_000 });
const openHeavy = prepareHeavy(api);

/** May cost 4,001, or with a long description 44,001, and has as many values as there are assets. */
const page = (fields: string) => `{ assets(first: 1000) { nodes { ${fields} } } }`;
const SHORT = page("id name createdBy");

/** An API of which it is told whether an operation was executed in a thread. */
function open() {
  const { heavy, asTenant } = openHeavy({ remembersSizes: true });
  const execute = vi.spyOn(heavy, "execute");
  return async (tenant: string, query: string) => {
    execute.mockClear();
    await asTenant(tenant).query(query);
    return execute.mock.calls.length > 0 ? "in a thread" : "beside the light ones";
  };
}

it("what may be large is executed beside the light ones while the tenant's last answer was small", async () => {
  const ask = open();
  const tenant = api.store.newTenant();
  await storeAssets(tenant, ["only"]);
  expect(await ask(tenant.id, SHORT)).toBe("in a thread");
  expect(await ask(tenant.id, SHORT)).toBe("beside the light ones");
  // Neither another tenant nor another document.
  expect(await ask("another", SHORT)).toBe("in a thread");
  expect(await ask(tenant.id, page("id name updatedBy"))).toBe("in a thread");

  const names = Array.from({ length: 700 }, (_, index) => `one of many ${index}`);
  await storeAssets(tenant, names);
  expect(await ask(tenant.id, SHORT)).toBe("beside the light ones");
  expect(await ask(tenant.id, SHORT)).toBe("in a thread");
  expect(await ask(tenant.id, SHORT)).toBe("in a thread");
});

it("what may be very large never is", async () => {
  const ask = open();
  const large = page("id description");
  expect(await ask("empty", large)).toBe("in a thread");
  expect(await ask("empty", large)).toBe("in a thread");
});

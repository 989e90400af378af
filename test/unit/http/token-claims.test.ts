import { describe, expect, it } from "vitest";
import { BadUserInputError, ForbiddenError } from "../../../src/errors.ts";
import { invalidToken } from "../../../src/http/invalid-token.ts";
import { type ClaimNames, principalOf } from "../../../src/http/token-claims.ts";
import { type Claims, claimsOf } from "../../support/tokens.ts";

interface Given extends Partial<ClaimNames> {
  readonly header?: string;
}

function principal(claims: Claims, { header, tenantClaim = "tenant", rolesClaim = "roles" }: Given = {}) {
  const headers = new Headers(header === undefined ? {} : { "x-tenant-id": header });
  return principalOf(claimsOf(claims), headers, { tenantClaim, rolesClaim });
}

function refusal(claims: Claims, given?: Given): unknown {
  try {
    return principal(claims, given);
  } catch (error) {
    return error;
  }
}

describe("roles", () => {
  it.each<[string, unknown, readonly string[]]>([
    ["a list", ["editor"], ["editor"]],
    [
      "a list with others' roles",
      ["offline_access", "reader", "admin", "reader", "uma"],
      ["reader", "admin"],
    ],
    ["a list with more than strings", [1, null, ["admin"], { admin: true }, "reader"], ["reader"]],
    ["one string", "admin", ["admin"]],
    ["a string with blanks", "openid  reader editor", ["reader", "editor"]],
    ["a string with commas", "reader,editor, x", ["reader", "editor"]],
  ])("are read from %s", (_, claim, roles) => {
    expect(principal({ roles: claim })).toMatchObject({ roles });
  });

  it.each([
    [undefined],
    [null],
    [[]],
    [""],
    ["Admin"],
    ["constructor"],
    ["admins"],
    [["administrator"]],
    [{ admin: true }],
    [{ 0: "admin", length: 1 }],
    [1],
    [true],
  ])("are not found in %j", (roles) => {
    expect(refusal({ roles })).toEqual(new ForbiddenError("The token gives no role in its claim roles."));
  });
});

describe("a claim", () => {
  it.each<[string, string, Claims]>([
    ["of Keycloak", "realm_access.roles", { realm_access: { roles: ["admin"] } }],
    [
      "of Keycloak for one client",
      "resource_access.servo.roles",
      { resource_access: { servo: { roles: ["admin"] } } },
    ],
    ["of Auth0", "https://acme.example/roles", { "https://acme.example/roles": ["admin"] }],
    ["with dots in its name, rather than the path", "a.b", { "a.b": "admin", a: { b: "reader" } }],
  ])("is found: %s", (_, rolesClaim, claims) => {
    expect(principal({ roles: "reader", ...claims }, { rolesClaim })).toMatchObject({ roles: ["admin"] });
  });

  it.each(["__proto__.roles", "constructor.name", "roles.length", "roles.0.x", "a..b", "."])(
    "is not found where the token has none of its own: %s",
    (rolesClaim) => {
      expect(refusal({ roles: "admin" }, { rolesClaim })).toEqual(
        new ForbiddenError(`The token gives no role in its claim ${rolesClaim}.`),
      );
    },
  );
});

it("what every object has is no claim", () => {
  expect(refusal({}, { tenantClaim: "constructor.name" })).toEqual(
    new ForbiddenError("The token names no tenant in its claim constructor.name."),
  );
});

describe("a tenant", () => {
  it.each(["acme", "0", "a.b_c:d-1", "x".repeat(128)])("may be %s", (tenant) => {
    expect(principal({ tenant: tenant })).toMatchObject({ tenantId: tenant });
  });

  it.each([
    ["~global"],
    [""],
    [" acme"],
    ["acme'"],
    ["a/b"],
    ["a".repeat(129)],
    [7],
    [["acme"]],
    [{}],
    [true],
  ])("may not be %j", (tenant) => {
    const error = invalidToken("has a malformed tenant id");
    expect(refusal({ tenant: tenant })).toEqual(error);
    expect(refusal({ tenant: tenant, roles: "system" })).toEqual(error);
  });

  it.each([undefined, null])("may not be left out: %s", (tenant) => {
    const error = new ForbiddenError("The token names no tenant in its claim tenant.");
    expect(refusal({ tenant: tenant })).toEqual(error);
    expect(refusal({ tenant: tenant }, { header: "acme" })).toEqual(error);
  });

  it("is repeated by x-tenant-id, or not named there", () => {
    expect(principal({}, { header: "acme" })).toMatchObject({ tenantId: "acme" });
    const error = new ForbiddenError("x-tenant-id names another tenant than the token.");
    for (const roles of ["admin", "system"]) expect(refusal({ roles }, { header: "other" })).toEqual(error);
    expect(refusal({}, { header: "~global" })).toBeInstanceOf(BadUserInputError);
  });
});

describe("the system", () => {
  const roles = ["system"];

  it("acts on global data", () => {
    expect(principal({ roles, tenant: undefined })).toEqual({
      tenantId: null,
      name: "ann@acme.example",
      roles,
    });
  });

  it("acts in the tenant that its token or x-tenant-id names", () => {
    expect(principal({ roles })).toMatchObject({ tenantId: "acme", roles });
    expect(principal({ roles, tenant: undefined }, { header: "shop" })).toMatchObject({
      tenantId: "shop",
      roles,
    });
  });

  it("cannot name the reserved tenant", () => {
    expect(refusal({ roles, tenant: undefined }, { header: "~global" })).toBeInstanceOf(BadUserInputError);
  });
});

describe("the subject", () => {
  it.each(["ann", "auth0|5f7c8ec7c33c6c004bbafe82", "Ann Example", "é", "😀".repeat(255)])(
    "is the name of the principal: %s",
    (sub) => {
      expect(principal({ sub })).toMatchObject({ name: sub });
    },
  );

  it("is the tenant's or the system's where the token has none", () => {
    expect(principal({ sub: undefined })).toMatchObject({ name: "acme" });
    expect(principal({ sub: undefined, tenant: undefined, roles: "system" })).toMatchObject({
      name: "system",
    });
  });

  it.each([[""], ["  "], ["a\u0000b"], ["\ud800"], ["x".repeat(256)], ["~dbt:shop"], [7], [null], [["ann"]]])(
    "is refused as %j",
    (sub) => {
      expect(refusal({ sub })).toEqual(invalidToken("has a malformed claim sub"));
    },
  );
});

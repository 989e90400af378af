import { inArea, type Mutant } from "./mutant.ts";

const CONNECTION = "src/db/tenant-connection.ts";
const TENANT = "src/db/tenant.ts";
const BINDING = "test/db/tenant-binding.test.ts";
const TRANSACTION = "test/db/transaction.test.ts";

export const BINDING_MUTANTS: readonly Mutant[] = inArea("binding", [
  {
    name: "tenant-set-for-the-session",
    file: CONNECTION,
    from: "`SET LOCAL app.current_tenant",
    to: "`SET app.current_tenant",
    killer: { file: BINDING, test: "shows each its own, whatever the one before did" },
  },
  {
    name: "tenant-not-escaped",
    file: CONNECTION,
    from: 'client.escapeLiteral(this.ownTenant ?? "")',
    to: "`'${this.ownTenant ?? \"\"}'`",
    killer: { file: BINDING, test: "cannot break out of its literal, even below the check of its form" },
  },
  {
    name: "tenant-not-validated",
    file: "src/storage.ts",
    from: "const ownTenant = parseTenantId(tenantId);",
    to: "const ownTenant = tenantId;",
    killer: { file: BINDING, test: "the tenant of a transaction cannot be" },
  },
  {
    name: "tenant-may-be-the-reserved-one",
    file: TENANT,
    from: "/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/",
    to: "/^[A-Za-z0-9~][A-Za-z0-9._:-]{0,127}$/",
    killer: { file: BINDING, test: 'the tenant of a transaction cannot be "~global"' },
  },
  {
    name: "nobody-bound-to-global",
    file: CONNECTION,
    from: 'this.ownTenant ?? ""',
    to: 'this.ownTenant ?? "~global"',
    killer: {
      file: "test/db/statement.test.ts",
      test: "of a transaction comes between its begin and its end, which bind it to the tenant",
    },
  },
  {
    name: "nobody-may-write-global",
    file: TENANT,
    from: "if (ownTenant === null) throw new ForbiddenError(TENANT_NEEDED);",
    to: "if (ownTenant === null) return GLOBAL_TENANT;",
    killer: { file: BINDING, test: "is none for nobody, who may write nothing" },
  },
  {
    name: "refused-begin-not-noticed",
    file: CONNECTION,
    from: "await this.#begun;",
    to: "",
    killer: { file: TRANSACTION, test: "that could not begin" },
  },
  {
    name: "read-only-not-checked",
    file: CONNECTION,
    from: 'if (this.#options.access === "read") throw new ForbiddenError("This transaction may only read.");',
    to: "",
    killer: { file: TRANSACTION, test: "refuses to write, at once" },
  },
  {
    name: "reads-may-write",
    file: CONNECTION,
    from: "REPEATABLE READ, READ ONLY",
    to: "REPEATABLE READ, READ WRITE",
    killer: {
      file: "test/db/statement.test.ts",
      test: "of a transaction comes between its begin and its end, which bind it to the tenant",
    },
  },
  {
    name: "reads-in-no-snapshot",
    file: CONNECTION,
    from: "REPEATABLE READ, READ ONLY",
    to: "READ COMMITTED, READ ONLY",
    killer: { file: TRANSACTION, test: "is one snapshot: what others store meanwhile does not show" },
  },
  {
    name: "released-within-a-transaction",
    file: CONNECTION,
    from: 'await this.#end("ROLLBACK").catch(() => undefined);',
    to: "if (!this.#ended) await (await this.#client)?.giveBack(false);\n    this.#ended = true;",
    killer: { file: BINDING, test: "shows each its own, whatever the one before did" },
  },
  {
    name: "used-after-its-end",
    file: CONNECTION,
    from: "if (this.#ended) throw new InternalError(",
    to: "if (this.#ended && this.#client === undefined) throw new InternalError(",
    killer: { file: TRANSACTION, test: "that has ended does nothing more for work that was not waited for" },
  },
  {
    name: "commits-what-failed",
    file: CONNECTION,
    from: "if (failure !== undefined) {\n      await this.rollback();\n      throw failure;\n    }",
    to: "if (failure !== undefined) return this.rollback();",
    killer: {
      file: TRANSACTION,
      test: "that meets an error of the database fails, also where the work catches it",
    },
  },
  {
    name: "role-not-looked-at",
    file: "src/db/role-guard.ts",
    from: "await assertServingRole(client);",
    to: "",
    killer: {
      file: "test/db/serving-role.test.ts",
      test: "refuses all work, again and again, because the policies would not hold such a role",
    },
  },
  {
    name: "role-looked-at-once",
    file: "src/db/role-guard.ts",
    from: " && performance.now() - safeAt < BELIEVED_MS",
    to: "",
    killer: {
      file: "test/db/role-guard.test.ts",
      test: "a role that stops being safe serves for a few seconds at most, and serves again once it is mended",
    },
  },
  {
    name: "thread-keeps-the-first-principal",
    file: "src/http/heavy/worker.ts",
    from: "{ principal, logger, signal }",
    to: "{ principal: Object.assign(options, { first: principal, ...options }).first, logger, signal }",
    killer: {
      file: "test/http/heavy-workers.test.ts",
      test: "shows each tenant its own, in the same thread",
    },
  },
]);

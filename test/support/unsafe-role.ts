import { randomBytes } from "node:crypto";
import type { TestDatabase } from "../setup/database.ts";
import { alterDatabase } from "./owner.ts";

/** A login of the application's that may be given more than it should have. */
export interface AlterableRole {
  readonly url: string;
  /** From now on it may empty a table, whoever the rows belong to. */
  makeUnsafe(): Promise<void>;
  makeSafe(): Promise<void>;
  drop(): Promise<void>;
}

export async function createAlterableRole(database: TestDatabase): Promise<AlterableRole> {
  const name = `servo_test_alterable_${randomBytes(4).toString("hex")}`;
  await alterDatabase(database, `CREATE ROLE ${name} LOGIN PASSWORD 'secret' IN ROLE servo_app`);
  const url = Object.assign(new URL(database.applicationUrl), { username: name, password: "secret" });
  return {
    url: url.href,
    makeUnsafe: () => alterDatabase(database, `GRANT TRUNCATE ON assets TO ${name}`),
    makeSafe: () => alterDatabase(database, `REVOKE TRUNCATE ON assets FROM ${name}`),
    drop: () => alterDatabase(database, `REVOKE TRUNCATE ON assets FROM ${name}; DROP ROLE ${name}`),
  };
}

import { afterAll, beforeAll, inject } from "vitest";
import { createDatabase, type Database } from "../../src/db/database.ts";
import { createProbe, type Probe } from "../../src/db/probe.ts";
import { type StorageLogger, silentLogger } from "../../src/logger.ts";
import { createRepositories, type Repositories } from "../../src/modules/repositories.ts";
import { PostgresStorage, type StorageOptions, type WorkOptions } from "../../src/storage.ts";
import { createTestDatabase, type TestDatabase } from "../setup/database.ts";

/** Somebody to work as. */
export interface Party {
  /** As rows show it: null for the system and for nobody. */
  readonly id: string | null;
  run<T>(work: (repositories: Repositories) => Promise<T>, options?: WorkOptions): Promise<T>;
}

export interface TestStorage {
  readonly database: TestDatabase;
  readonly storage: PostgresStorage;
  asTenant<T>(
    tenantId: string,
    work: (repositories: Repositories) => Promise<T>,
    options?: WorkOptions,
  ): Promise<T>;
  /** A tenant that no other test of the file knows, so that tests need not clean up. */
  newTenant(): Party & { readonly id: string };
  readonly system: Party;
  /** Who comes without a tenant. */
  readonly nobody: Party;
  /** Another storage on the same database, closed with the file. */
  open(options?: StorageOptions, url?: string): PostgresStorage;
  /** Another database layer on the same database, closed with the file. */
  openDatabase(options?: StorageOptions, url?: string): Database;
  /** A probe of the same database, closed with the file. */
  openProbe(logger?: StorageLogger, url?: string): Probe;
}

/** Gives a test file a database of its own and a storage on it, as the application role. */
export function prepareStorage(options: StorageOptions = {}): TestStorage {
  const closing: { close(): Promise<void> }[] = [];
  let ready: { database: TestDatabase; storage: PostgresStorage; bare: Database } | undefined;
  let tenants = 0;

  const opened = () => {
    if (ready === undefined) throw new Error("the storage is there from beforeAll on");
    return ready;
  };
  const closeLater = <T extends { close(): Promise<void> }>(resource: T): T => {
    closing.push(resource);
    return resource;
  };

  beforeAll(async () => {
    const database = await createTestDatabase();
    ready = {
      database,
      storage: closeLater(new PostgresStorage(database.applicationUrl, asConfigured(options))),
      bare: closeLater(createDatabase(database.applicationUrl, asConfigured(options))),
    };
    // Its first work looks at its role; what is counted or refused later should come from the tests.
    await ready.storage.withSystem(async () => undefined);
  });
  afterAll(async () => {
    await Promise.all(closing.map((resource) => resource.close()));
    await ready?.database.drop();
  });

  const asTenant: TestStorage["asTenant"] = (tenantId, work, workOptions) =>
    opened().storage.withTenant(tenantId, work, workOptions);

  return {
    get database() {
      return opened().database;
    },
    get storage() {
      return opened().storage;
    },
    asTenant,
    newTenant() {
      tenants += 1;
      const id = `tenant-${tenants}`;
      return { id, run: (work, workOptions) => asTenant(id, work, workOptions) };
    },
    system: { id: null, run: (work, workOptions) => opened().storage.withSystem(work, workOptions) },
    nobody: {
      id: null,
      run: (work, { readOnly = false } = {}) =>
        opened().bare.transaction(
          { ownTenant: null, actor: "nobody" },
          { access: readOnly ? "read" : "write" },
          (connection) => work(createRepositories(connection)),
        ),
    },
    open: (storageOptions, url = opened().database.applicationUrl) =>
      closeLater(new PostgresStorage(url, asConfigured(storageOptions))),
    openDatabase: (databaseOptions, url = opened().database.applicationUrl) =>
      closeLater(createDatabase(url, asConfigured(databaseOptions))),
    openProbe: (logger = silentLogger, url = opened().database.applicationUrl) =>
      closeLater(createProbe(url, logger)),
  };
}

/** As who serves this database would: see docs/operations.md, "Behind PgBouncer". */
function asConfigured(options: StorageOptions = {}): StorageOptions {
  return { preparedStatements: inject("database").keepsPrepared ?? true, ...options };
}

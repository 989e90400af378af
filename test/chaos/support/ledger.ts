import { expect } from "vitest";
import { groupByKey } from "../../../src/group-by-key.ts";
import { withClient } from "../../setup/connection.ts";

/** No row. */
const ABSENT = Symbol("absent");

/**
 * What a tenant's only writer asked to be stored, and what it was told of that: so, what must be there, what may be and what
 * may not.
 */
export class Ledger {
  readonly tenantId: string;
  /** How many writes were acknowledged. */
  acknowledged = 0;
  /** Of how many writes nobody was told how they ended. */
  doubtful = 0;
  /** The ids of executions by their idempotency keys; undefined while they are asked for. */
  readonly #executions = new Map<string, string | undefined>();
  /** What the description of an asset may be, by its name. */
  readonly #assets = new Map<string, Set<string | typeof ABSENT>>();

  constructor(tenantId: string) {
    this.tenantId = tenantId;
  }

  /** Notes what is going to be asked for. */
  wantExecution(key: string): void {
    if (!this.#executions.has(key)) this.#executions.set(key, undefined);
  }

  /** An answer about an execution: under one key there is only one. */
  haveExecution(key: string, id: string): void {
    expect(this.#executions.get(key) ?? id, `the id of the execution of ${key}`).toBe(id);
    this.#executions.set(key, id);
  }

  /** An answer about the number of executions. */
  countExecutions(count: number): void {
    const ids = [...this.#executions.values()];
    expect(count).toBeGreaterThanOrEqual(ids.filter((id) => id !== undefined).length);
    expect(count).toBeLessThanOrEqual(ids.length);
  }

  /** A write of an asset that was acknowledged. */
  haveAsset(name: string, description: string): void {
    this.#assets.set(name, new Set([description]));
  }

  /** A write of an asset that was not: it had no effect, or perhaps it had. */
  missAsset(name: string, description: string, perhaps: boolean): void {
    const possible = this.#assets.get(name) ?? new Set([ABSENT]);
    this.#assets.set(name, perhaps ? possible.add(description) : possible);
  }

  /** An answer about an asset. */
  readAsset(name: string, description: string | null | undefined): void {
    expect([...(this.#assets.get(name) ?? [])], `the description of ${name}`).toContain(
      description ?? ABSENT,
    );
  }

  /** Reads what is really stored, as a superuser. Returns a line for each row that is lost, made twice or not as it should be. */
  async differences(superuserUrl: string): Promise<string[]> {
    const read = <Row extends object>(query: string) =>
      withClient(superuserUrl, async (client) => (await client.query<Row>(query, [this.tenantId])).rows);
    const executions = await read<{ key: string; id: string }>(
      "SELECT idempotency_key AS key, id FROM executions WHERE tenant_id = $1",
    );
    const assets = await read<{ name: string; description: string }>(
      "SELECT name, description FROM assets WHERE tenant_id = $1",
    );
    return [...this.#wrongExecutions(executions), ...this.#wrongAssets(assets)];
  }

  #wrongExecutions(stored: readonly { key: string; id: string }[]): string[] {
    const rows = groupByKey(stored, ({ key }) => key);
    const idsOf = (key: string) => (rows.get(key) ?? []).map(({ id }) => id);
    const unknown = stored.filter(({ key }) => !this.#executions.has(key));
    const wrong = [...this.#executions].filter(([key, id]) => {
      const ids = idsOf(key);
      return id === undefined ? ids.length > 1 : ids.length !== 1 || ids[0] !== id;
    });
    return [
      ...unknown.map(({ key }) => `${this.tenantId}: nobody asked for the execution ${key}`),
      ...wrong.map(([key, id]) => `${this.tenantId}: execution ${key} is ${id}, stored are ${idsOf(key)}`),
    ];
  }

  #wrongAssets(stored: readonly { name: string; description: string }[]): string[] {
    const descriptions = new Map(stored.map(({ name, description }) => [name, description]));
    const unknown = stored.filter(({ name }) => !this.#assets.has(name));
    const wrong = [...this.#assets].filter(
      ([name, possible]) => !possible.has(descriptions.get(name) ?? ABSENT),
    );
    return [
      ...unknown.map(({ name }) => `${this.tenantId}: nobody asked for the asset ${name}`),
      ...wrong.map(
        ([name, possible]) =>
          `${this.tenantId}: asset ${name} may be ${[...possible].map(String)}, stored is ${descriptions.get(name)}`,
      ),
    ];
  }
}

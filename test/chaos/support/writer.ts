import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { present } from "../../support/present.ts";
import type { Exchange, HttpClient } from "./client.ts";
import { Ledger } from "./ledger.ts";

/** After a failed attempt, so that a server that is away is not asked thousands of times a second. */
const PAUSE_MS = 10;

const CREATE_WORKFLOW = `mutation ($name: String!) {
  createWorkflow(input: { name: $name }) { workflow { id } }
}`;
const CREATE_EXECUTION = `mutation ($workflowId: ID!, $key: String!) {
  createExecution(input: { workflowId: $workflowId, idempotencyKey: $key }) { execution { id idempotencyKey } }
}`;
const CREATE_ASSET = `mutation ($name: String!, $description: String!) {
  createAsset(input: { name: $name, assetType: "table", description: $description }) { asset { id name description } }
}`;
const UPDATE_ASSET = `mutation ($id: ID!, $description: String!) {
  updateAsset(input: { id: $id, description: $description }) { asset { id name description } }
}`;
const READ = "query ($id: ID!) { asset(id: $id) { id name description } executions { totalCount } }";

interface Asset {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
}

/**
 * Who writes and reads for a tenant of its own, keeps a ledger of it, and compares every answer with that at once. It asks
 * for an execution, under its idempotency key, until it is told that it is stored; other writes it does not repeat.
 */
export class Writer {
  readonly ledger: Ledger;
  #turns = 0;
  #workflowId: string | undefined;
  #asset: Asset | undefined;
  /** The key of an execution that is not acknowledged yet. */
  #unanswered: string | undefined;
  /** The key of one that is. */
  #answered: string | undefined;

  constructor(tenantId: string) {
    this.ledger = new Ledger(tenantId);
  }

  /** One request, each time another one. */
  async turn(client: HttpClient): Promise<void> {
    this.#turns += 1;
    const { code } = await this.#ask(client, this.#turns);
    if (code !== "OK") await delay(PAUSE_MS);
  }

  #ask(client: HttpClient, turn: number): Promise<Exchange> {
    if (this.#workflowId === undefined) return this.#createWorkflow(client, `workflow-${turn}`);
    if (this.#unanswered !== undefined)
      return this.#createExecution(client, this.#workflowId, this.#unanswered);
    const asset = this.#asset;
    if (asset === undefined || turn % 5 === 0) return this.#createAsset(client, `asset-${turn}`, `${turn}`);
    if (turn % 5 === 1) return this.#updateAsset(client, asset, `${turn}`);
    if (turn % 5 === 2) return this.#read(client, asset);
    // Also what is stored already, as by a client that has missed the answer.
    const key = turn % 5 === 3 && this.#answered !== undefined ? this.#answered : `key-${turn}`;
    return this.#createExecution(client, this.#workflowId, key);
  }

  async #createWorkflow(client: HttpClient, name: string): Promise<Exchange> {
    const exchange = await client.send<{ createWorkflow: { workflow: { id: string } } }>(CREATE_WORKFLOW, {
      name,
    });
    if (this.#isAcknowledged(exchange)) this.#workflowId = dataOf(exchange).createWorkflow.workflow.id;
    return exchange;
  }

  async #createExecution(client: HttpClient, workflowId: string, key: string): Promise<Exchange> {
    this.#unanswered = key;
    this.ledger.wantExecution(key);
    const exchange = await client.send<{
      createExecution: { execution: { id: string; idempotencyKey: string } };
    }>(CREATE_EXECUTION, { workflowId, key });
    if (this.#isAcknowledged(exchange)) {
      const { id, idempotencyKey } = dataOf(exchange).createExecution.execution;
      expect(idempotencyKey).toBe(key);
      this.ledger.haveExecution(key, id);
      this.#unanswered = undefined;
      this.#answered = key;
    }
    return exchange;
  }

  async #createAsset(client: HttpClient, name: string, description: string): Promise<Exchange> {
    const exchange = await client.send<{ createAsset: { asset: Asset } }>(CREATE_ASSET, {
      name,
      description,
    });
    if (this.#isAcknowledged(exchange)) {
      this.#asset = dataOf(exchange).createAsset.asset;
      expect(this.#asset).toMatchObject({ name, description });
    }
    return this.#noteAsset(exchange, name, description);
  }

  async #updateAsset(client: HttpClient, { id, name }: Asset, description: string): Promise<Exchange> {
    const exchange = await client.send<{ updateAsset: { asset: Asset } }>(UPDATE_ASSET, { id, description });
    if (this.#isAcknowledged(exchange))
      expect(dataOf(exchange).updateAsset.asset).toEqual({ id, name, description });
    return this.#noteAsset(exchange, name, description);
  }

  async #read(client: HttpClient, { id, name }: Asset): Promise<Exchange> {
    const exchange = await client.send<{ asset: Asset | null; executions: { totalCount: number } }>(READ, {
      id,
    });
    if (exchange.code === "OK") {
      const { asset, executions } = dataOf(exchange);
      expect(asset).toMatchObject({ id, name });
      this.ledger.readAsset(name, asset?.description);
      this.ledger.countExecutions(executions.totalCount);
    }
    return exchange;
  }

  #noteAsset(exchange: Exchange, name: string, description: string): Exchange {
    if (exchange.code === "OK") this.ledger.haveAsset(name, description);
    else this.ledger.missAsset(name, description, !isRefused(exchange));
    return exchange;
  }

  #isAcknowledged(exchange: Exchange): boolean {
    if (exchange.code === "OK") this.ledger.acknowledged += 1;
    else if (!isRefused(exchange)) this.ledger.doubtful += 1;
    return exchange.code === "OK";
  }
}

/** Whether the client knows that nothing was stored: nobody took the request, or the answer says that it may be repeated. */
function isRefused({ code, answer }: Exchange): boolean {
  if (answer === undefined) return code === "ECONNREFUSED";
  return answer.errors.every(({ extensions }) => extensions.retryable === true);
}

const dataOf = <Data>({ answer }: Exchange<Data>): Data => present(answer?.data);

import { GLOBAL_TENANT } from "../../../../src/db/tenant.ts";
import type { PartitionConfig } from "../../../../src/modules/asset/partition-config.ts";
import type { DependencyType } from "../../../../src/modules/dependency/dependency.table.ts";
import type { ExecutionState } from "../../../../src/modules/execution/execution.table.ts";
import type { AssetRole } from "../../../../src/modules/workflow/workflow.table.ts";
import type { Actor } from "./actors.ts";
import { Cursors } from "./cursors.ts";
import { forbidden } from "./refusals.ts";
import type { Later } from "./told.ts";

interface Row {
  readonly tenant: string;
  readonly id: string;
  readonly createdAt: Date;
  /** Not known yet where no answer has shown it. */
  readonly updatedAt: Date | Later;
  readonly createdBy: string;
  readonly updatedBy: string;
}

export interface AssetRow extends Row {
  readonly name: string;
  readonly assetType: string;
  readonly description: string | null;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly partitionConfig: PartitionConfig | null;
  readonly properties: object;
  readonly importedBy: readonly string[];
}

export interface WorkflowRow extends Row {
  readonly name: string;
  readonly version: number;
  readonly description: string | null;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly properties: object;
  readonly links: readonly {
    readonly assetId: string;
    readonly role: AssetRole;
    readonly position: number;
  }[];
}

export interface ExecutionRow extends Row {
  readonly workflowId: string;
  readonly state: ExecutionState;
  readonly idempotencyKey: string | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly errorMessage: string | null;
}

interface EdgeSpan {
  readonly tenant: string;
  readonly id: string;
  readonly upstreamAssetId: string;
  readonly downstreamAssetId: string;
  readonly dependencyType: DependencyType;
  readonly sources: readonly string[];
  readonly lastSeenAt: Date;
  readonly validFrom: Date;
}

export interface EdgeRow extends Row, EdgeSpan {}

/** What an edge has been. */
export interface PastEdge extends EdgeSpan {
  readonly validTo: Date | Later;
  /** How many of the world's instants were before its end. */
  readonly instants: number;
}

export const KINDS = ["asset", "workflow", "execution", "edge"] as const;
export type Kind = (typeof KINDS)[number];

/** All rows of everybody. Rows are never changed but replaced, so that a snapshot is a copy of the lists. */
export class World {
  asset: readonly AssetRow[] = [];
  workflow: readonly WorkflowRow[] = [];
  execution: readonly ExecutionRow[] = [];
  edge: readonly EdgeRow[] = [];
  past: readonly PastEdge[] = [];
  /** Ids of rows that were there once, by kind. */
  readonly known: Readonly<Record<Kind, Set<string>>> = {
    asset: new Set(),
    workflow: new Set(),
    execution: new Set(),
    edge: new Set(),
  };
  /** Moments at which surely nothing happened. */
  readonly instants: Date[] = [];
  readonly cursors = new Cursors();

  /** Remembers the rows as they are; what it returns brings them back. */
  snapshot(): () => void {
    const { asset, workflow, execution, edge, past } = this;
    return () => Object.assign(this, { asset, workflow, execution, edge, past });
  }

  replace<K extends Kind>(kind: K, id: string, changes: Partial<World[K][number]>): World[K][number] {
    const rows: readonly World[K][number][] = this[kind];
    const changed = { ...rows.find((row) => row.id === id), ...changes } as World[K][number];
    Object.assign(this, { [kind]: rows.map((row) => (row.id === id ? changed : row)) });
    return changed;
  }

  add<K extends Kind>(kind: K, row: World[K][number]): World[K][number] {
    this.known[kind].add(row.id);
    Object.assign(this, { [kind]: [...this[kind], row] });
    return row;
  }
}

/** A world as one actor sees it in one transaction. */
export class View {
  readonly world: World;
  readonly actor: Actor;
  readonly #access: "read" | "write";

  constructor(world: World, actor: Actor, access: "read" | "write") {
    this.world = world;
    this.actor = actor;
    this.#access = access;
  }

  /** Whose rows may be written. */
  get own(): string {
    if (this.#access === "read") throw forbidden("This transaction may only read.");
    if (this.actor.own === null)
      throw forbidden("A tenant is needed to write; without one, only global data can be read.");
    return this.actor.own;
  }

  assertMayWrite(): void {
    void this.own;
  }

  sees = ({ tenant }: { readonly tenant: string }): boolean =>
    tenant === this.actor.own || tenant === GLOBAL_TENANT;

  seen<K extends Kind>(kind: K): World[K][number][] {
    const rows: readonly World[K][number][] = this.world[kind];
    return rows.filter(this.sees);
  }

  find<K extends Kind>(kind: K, id: string): World[K][number] | undefined {
    return this.seen(kind).find((row) => row.id === id);
  }

  /** Those whose rows may be written. */
  mine<K extends Kind>(kind: K): World[K][number][] {
    const { own } = this;
    const rows: readonly World[K][number][] = this.world[kind];
    return rows.filter(({ tenant }) => tenant === own);
  }
}

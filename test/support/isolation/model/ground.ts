import pg from "pg";
import type { TestDatabase } from "../../../setup/database.ts";
import { TABLES, type Table } from "../../owner.ts";
import { Cursors } from "./cursors.ts";
import { Difference, differenceOf } from "./told.ts";
import type { World } from "./world.ts";

/** So many sequences leave their dead rows behind before the tables are made anew, which takes ten times as long. */
const CLEARINGS = 50;

/** What is really stored, whoever it belongs to: for the owner of the tables the policies are lifted, in this one database. */
export class Ground {
  readonly #owner: pg.Client;
  #cleared = 0;

  private constructor(owner: pg.Client) {
    this.#owner = owner;
  }

  static async open({ ownerUrl }: TestDatabase): Promise<Ground> {
    const owner = new pg.Client({ connectionString: ownerUrl, pipeline: true });
    await owner.connect();
    await owner.query(TABLES.map((table) => `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`).join("; "));
    return new Ground(owner);
  }

  close(): Promise<void> {
    return this.#owner.end();
  }

  /** Takes everything away. */
  async clear(): Promise<void> {
    const all = [...TABLES].reverse();
    const anew = this.#cleared % CLEARINGS === 0;
    this.#cleared += 1;
    await this.#owner.query(
      anew ? `TRUNCATE ${all.join(", ")}` : all.map((table) => `DELETE FROM ${table}`).join("; "),
    );
  }

  /** @throws Difference where something else is stored than the model says, in whatever tenant */
  async compare(world: World): Promise<void> {
    const [assets, tags, workflows, links, executions, edges, past] = await Promise.all(
      TABLES.map((table) => this.#rows(table)),
    );
    const tenantOf = (rows: readonly { readonly id: string; readonly tenant: string }[], id: unknown) =>
      rows.find((row) => row.id === id)?.tenant;
    const expected = {
      assets: keyed(world.asset.map(({ tenant: tenantId, tags: _, ...row }) => ({ tenantId, ...row }))),
      tags: world.asset
        .flatMap(({ tenant, id, tags: all }) => all.map((tag) => `${tenant} ${id} ${tag}`))
        .sort(),
      workflows: keyed(
        world.workflow.map(({ tenant: tenantId, links: _, ...row }) => ({ tenantId, ...row })),
      ),
      links: world.workflow
        .flatMap(({ tenant, id, links: all }) =>
          all.map((link) =>
            [tenant, id, link.position, link.role, tenantOf(world.asset, link.assetId), link.assetId].join(
              " ",
            ),
          ),
        )
        .sort(),
      executions: keyed(
        world.execution.map(({ tenant: tenantId, ...row }) => ({
          ...{ tenantId, workflowTenantId: tenantOf(world.workflow, row.workflowId) },
          ...row,
        })),
      ),
      edges: keyed(
        world.edge.map(({ tenant: tenantId, ...row }) => ({
          ...{ tenantId, upstreamTenantId: tenantOf(world.asset, row.upstreamAssetId) },
          ...row,
        })),
      ),
    };
    const stored = {
      assets: keyed(assets ?? []),
      tags: (tags ?? []).map((row) => `${row.tenantId} ${row.assetId} ${row.tag}`).sort(),
      workflows: keyed(workflows ?? []),
      links: (links ?? [])
        .map((row) =>
          [row.tenantId, row.workflowId, row.position, row.role, row.assetTenantId, row.assetId].join(" "),
        )
        .sort(),
      executions: keyed(executions ?? []),
      edges: keyed(edges ?? []),
    };
    const found = differenceOf(expected, stored, new Cursors(), "stored");
    if (found !== undefined) throw new Difference(found);
    for (const row of past ?? []) comparePast(world, row);
  }

  async #rows(table: Table): Promise<StoredRow[]> {
    const { rows } = await this.#owner.query<Record<string, unknown>>(
      `/* model.compare */ SELECT * FROM ${table}`,
    );
    return rows.map(({ name_search: _, ...row }) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column.replaceAll(/_(.)/g, (_match, letter: string) => letter.toUpperCase()),
          value,
        ]),
      ),
    );
  }
}

type StoredRow = Readonly<Record<string, unknown>>;

const keyed = (rows: readonly (object & { readonly id?: unknown })[]) =>
  new Map(rows.map((row) => [String(row.id), row]));

/** A span of the past must be one that there was; one that had no length is not kept. */
function comparePast(world: World, { upstreamTenantId: _, ...row }: StoredRow): void {
  const differences = world.past.map(({ tenant: tenantId, instants: __, ...span }) =>
    differenceOf({ tenantId, ...span }, row, new Cursors(), "past"),
  );
  if (!differences.includes(undefined)) throw new Difference(`past: ${JSON.stringify(row)} was never so`);
}

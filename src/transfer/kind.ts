import type { SQL } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { z } from "zod";
import type { TenantDatabase } from "../db/tenant-database.ts";
import type { AssetReference, WorkflowReference } from "./rows.ts";

/** What the rows of all kinds have. */
export interface Row {
  readonly id: string;
}

/** A row that is referred to, as foreign keys name it. */
export interface Referent {
  readonly tenantId: string;
  readonly id: string;
}

/** Finds what rows refer to. Throws NotFoundError for what is not there. */
export interface Referents {
  asset(reference: AssetReference): Referent;
  workflow(reference: WorkflowReference): Referent;
}

export interface References {
  readonly assets: readonly AssetReference[];
  readonly workflows: readonly WorkflowReference[];
}

/** A row as the tables take it: what goes into its own table, and what goes into the table of its parts. */
export interface Storable<Values = Readonly<Record<string, unknown>>, Part = unknown> {
  readonly values: Values;
  readonly parts: readonly Part[];
}

/** One kind of row of an export, and how it is read and stored. */
export interface Kind<R extends Row = Row, Values = Readonly<Record<string, unknown>>, Part = unknown> {
  /** What lines of it are marked with. */
  readonly name: string;
  readonly plural: string;
  readonly shape: z.ZodType<R>;
  readonly table: PgTable & { readonly tenantId: PgColumn; readonly id: PgColumn };
  /** Where what belongs to its rows alone is stored, if they have such. */
  readonly partTable?: PgTable;
  /** The columns of its primary key after the tenant, in whose order its rows are exported. */
  readonly key: readonly PgColumn[];
  /** The values of those columns, as PostgreSQL reads them; as one text they have the same order. */
  keyOf(row: R): readonly string[];
  /** Which of its values no two rows of a tenant have in common, besides the key; none where one of them is null. */
  readonly unique: readonly string[];
  /** What is said of a row that another one bars. */
  describe(row: R): string;
  /** Rows in the order of their keys. */
  read(db: TenantDatabase, where: SQL | undefined, limit: number): Promise<R[]>;
  references(row: R): References;
  prepare(row: R, tenantId: string, referents: Referents): Storable<Values, Part>;
}

/** How the answers of all are made alike. */

/** A row of PostGraphile's with the id under our name, and times in our form. */
export const renamed = ({ rowId, ...row }: Row): Row =>
  timed({ ...(rowId === undefined ? {} : { id: rowId }), ...row });
export const timed = (row: Row): Row =>
  typeof row.createdAt === "string" ? { ...row, createdAt: new Date(row.createdAt).toISOString() } : row;
export type Row = Record<string, unknown>;
export interface Nodes<T> {
  readonly nodes: readonly T[];
}

export const byDepth = (nodes: readonly Row[]) =>
  nodes.toSorted((a, b) => Number(a.depth) - Number(b.depth) || String(a.id).localeCompare(String(b.id)));
export const byId = (rows: readonly Row[]) =>
  rows.toSorted((a, b) => String(a.id).localeCompare(String(b.id)));

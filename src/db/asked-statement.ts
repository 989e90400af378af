import type pg from "pg";
import { planOf } from "./tenant-database.ts";

/** A statement as it is sent for a method. */
export interface AskedStatement {
  readonly method: string;
  readonly text: string;
  /** What `pg` is asked, where it is kept prepared. Its name is made from its text: it is the same for all databases. */
  kept?: pg.QueryConfig;
}

const askedStatements = new WeakMap<pg.QueryConfig, AskedStatement>();

/** A statement with the name of the method that it is for. Of what is kept prepared it is the same each time. */
export function askedStatement(method: string, config: pg.QueryConfig): AskedStatement {
  const known = askedStatements.get(config);
  if (known?.method === method) return known;
  const asked: AskedStatement = { method, text: `/* ${method} */ ${config.text}` };
  if (planOf(config) !== undefined) askedStatements.set(config, asked);
  return asked;
}

/** What `pg` is asked where a statement is kept prepared under a name. */
export function keptStatement(asked: AskedStatement, config: pg.QueryConfig, name: string): pg.QueryConfig {
  asked.kept ??= { ...config, text: asked.text, name };
  return asked.kept;
}

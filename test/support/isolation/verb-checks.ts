import { TABLES, type Table, UNCHANGING_TABLES } from "../owner.ts";
import { type Check, describe, outcomeCheck } from "./check.ts";
import {
  insertOf,
  looseRow,
  newRow,
  OWNERS,
  type Owner,
  type Row,
  type Statement,
  stagedRows,
} from "./rows.ts";
import { ACTORS, type Actor, rowsOf, STRANGERS } from "./stage.ts";

const NOT_ALLOWED = "42501";

const KEYS: Readonly<Record<Table, readonly string[]>> = {
  assets: ["id"],
  asset_tags: ["asset_id", "tag"],
  workflows: ["id"],
  workflow_assets: ["workflow_id", "asset_id", "role"],
  executions: ["id"],
  asset_dependencies: ["id"],
  asset_dependency_history: ["id"],
};

/** A change of a row that only a policy or a right can refuse. */
const changeOf = (table: Table) => `${isUnchanging(table) ? "dependency_type" : "updated_by"} = 'control'`;
const isUnchanging = (table: Table) => UNCHANGING_TABLES.includes(table);

/** What comes of changing so many rows of a table, as far as the policies go: some may not be changed at all. */
const changed = (table: Table, rows: number) => (isUnchanging(table) ? NOT_ALLOWED : `${rows} rows`);

const plain = (text: string, ...values: string[]): Statement => ({ text, values });
const can = (may: boolean) => (may ? "can" : "cannot");

/** Reading reaches own and global rows. */
export const READING: readonly Check[] = TABLES.flatMap((table) =>
  ACTORS.flatMap((actor) => [
    seesExactly(table, actor),
    ...OWNERS.map((owner) => {
      const visible = owner === actor.setting || owner === "~global";
      return outcomeCheck(
        `${actor.name} ${can(visible)} find ${rowsOf(owner)} of ${table} by their key`,
        table,
        actor,
        whereKey("SELECT FROM", table, stagedRows(owner)[table][0]),
        visible ? "1 rows" : "0 rows",
      );
    }),
    outcomeCheck(
      `a condition of ${actor.name}'s is not tried on rows of ${table} that it cannot see`,
      table,
      actor,
      // Divides by zero on a row of somebody else's; what is own or global does not.
      plain(`SELECT FROM ${table} WHERE 1 / (tenant_id IN ('~global', $1))::int <> 1`, actor.setting ?? ""),
      "0 rows",
    ),
  ]),
);

/** Writing reaches own rows alone. */
export const WRITING: readonly Check[] = TABLES.flatMap((table) =>
  ACTORS.flatMap((actor) => [
    ...OWNERS.flatMap((owner) => [
      ...inserting(table, actor, owner),
      ...changing(table, actor, owner),
      ...deleting(table, actor, owner),
    ]),
    outcomeCheck(
      `${actor.name} changes its own rows of ${table} alone, where it names none`,
      table,
      actor,
      plain(`UPDATE ${table} SET ${changeOf(table)}`),
      changed(table, isOwner(actor) ? stagedRows(actor.setting)[table].length : 0),
    ),
  ]),
).concat(
  TABLES.flatMap((table) =>
    STRANGERS.flatMap((actor) => [
      outcomeCheck(
        `${actor.name} takes no row of ${table} over, where it names none`,
        table,
        actor,
        plain(`UPDATE ${table} SET tenant_id = 'tenant-c'`),
        changed(table, 0),
      ),
      outcomeCheck(
        `${actor.name} deletes no row of ${table}, where it names none`,
        table,
        actor,
        plain(`DELETE FROM ${table}`),
        "0 rows",
      ),
    ]),
  ),
);

function seesExactly(table: Table, actor: Actor): Check {
  const name = `${actor.name} sees its own rows of ${table} and global ones, all of them and no other`;
  const readable = OWNERS.filter((owner) => owner === actor.setting || owner === "~global");
  const expected = readable.map((owner) => `${stagedRows(owner)[table].length} of ${owner}`).join(", ");
  return {
    name,
    table,
    async violations(stage) {
      const grouped = `SELECT string_agg(count || ' of ' || tenant_id, ', ' ORDER BY tenant_id COLLATE "C") AS seen
        FROM (SELECT tenant_id, count(*) FROM ${table} GROUP BY tenant_id) AS found`;
      const outcome = await stage.attempt(actor, plain(grouped));
      const seen = outcome.refused ? describe(outcome) : JSON.stringify(outcome.rows);
      return seen === JSON.stringify([{ seen: expected }])
        ? []
        : [`${name}: expected ${expected}, got ${seen}`];
    },
  };
}

function inserting(table: Table, actor: Actor, owner: Owner): Check[] {
  const own = owner === actor.setting;
  const rows = rowsOf(owner).replace("rows", "row");
  const check = (what: string, statement: Statement, expected: string) =>
    outcomeCheck(
      `${actor.name} ${can(own)} ${what} a ${rows} into ${table}`,
      table,
      actor,
      statement,
      expected,
    );
  const taken = stagedRows(owner)[table][0] ?? {};
  return [
    check("insert", insertOf(table, newRow(table, owner)), own ? "1 rows" : NOT_ALLOWED),
    // The refusal is the same whether there is such a row: success or a taken key would tell.
    ...(own
      ? []
      : [
          check("insert again", insertOf(table, taken), NOT_ALLOWED),
          check("insert unless it is there", insertOf(table, taken, "ON CONFLICT DO NOTHING"), NOT_ALLOWED),
          check(
            "insert or change",
            insertOf(
              table,
              taken,
              `ON CONFLICT ON CONSTRAINT ${table}_pkey DO UPDATE SET ${changeOf(table)}`,
            ),
            NOT_ALLOWED,
          ),
        ]),
  ];
}

function changing(table: Table, actor: Actor, owner: Owner): Check[] {
  const own = owner === actor.setting;
  const inPlace = plain(`UPDATE ${table} SET ${changeOf(table)} WHERE tenant_id = $1`, owner);
  return [
    outcomeCheck(
      `${actor.name} ${can(own && !isUnchanging(table))} change ${rowsOf(owner)} of ${table}`,
      table,
      actor,
      inPlace,
      changed(table, own ? stagedRows(owner)[table].length : 0),
    ),
    ...OWNERS.filter((to) => to !== owner).map((to) =>
      outcomeCheck(
        `${actor.name} cannot turn ${rowsOf(owner)} of ${table} into ${rowsOf(to)}`,
        table,
        actor,
        plain(`UPDATE ${table} SET tenant_id = $1 WHERE tenant_id = $2`, to, owner),
        own ? NOT_ALLOWED : changed(table, 0),
      ),
    ),
  ];
}

function deleting(table: Table, actor: Actor, owner: Owner): Check[] {
  const own = owner === actor.setting;
  const name = `${actor.name} ${can(own)} delete ${rowsOf(owner)} of ${table}`;
  const one = whereKey("DELETE FROM", table, looseRow(table, owner));
  if (own) return [outcomeCheck(name, table, actor, one, "1 rows")];
  const all = plain(`DELETE FROM ${table} WHERE tenant_id = $1`, owner);
  return [
    outcomeCheck(name, table, actor, all, "0 rows"),
    outcomeCheck(`${name} by their key`, table, actor, one, "0 rows"),
  ];
}

/** By the row's own key, without its tenant: as one who has guessed it. */
function whereKey(verb: string, table: Table, row: Row = {}): Statement {
  const condition = KEYS[table].map((column, index) => `${column} = $${index + 1}`).join(" AND ");
  return {
    text: `${verb} ${table} WHERE ${condition}`,
    values: KEYS[table].map((column) => row[column] ?? null),
  };
}

function isOwner(actor: Actor): actor is Actor & { readonly setting: Owner } {
  return OWNERS.some((owner) => owner === actor.setting);
}

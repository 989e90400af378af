import { TABLES, type Table, UNCHANGING_TABLES } from "../owner.ts";

/** A way to weaken the database, and the way back. */
export interface Break {
  readonly name: string;
  readonly table: Table | null;
  readonly breaks: string;
  readonly mends: string;
  /** Default: the owner. */
  readonly by?: "application";
}

const CURRENT = "nullif(current_setting('app.current_tenant', true), '')";
export const OWN = `tenant_id = ${CURRENT}`;
const OWN_OR_GLOBAL = `tenant_id = ANY (ARRAY['~global', ${CURRENT}])`;
/** What is often written: without a tenant, everything shows. */
const ALL_UNLESS_BOUND = `tenant_id = coalesce(${CURRENT}, tenant_id)`;
/** What is often written, too: a comparison that is not exact. */
const SIMILAR = `tenant_id LIKE ${CURRENT} || '%'`;

/** Each policy, widened in every way that has been thought of or seen. */
export const POLICY_BREAKS: readonly Break[] = TABLES.flatMap((table) => {
  const policy = (verb: "select" | "insert" | "update" | "delete", what: string, broken: string): Break => {
    const sound = {
      select: `USING (${OWN_OR_GLOBAL})`,
      insert: `WITH CHECK (${OWN})`,
      update: `USING (${OWN}) WITH CHECK (${OWN})`,
      delete: `USING (${OWN})`,
    };
    const alter = (form: string) => `ALTER POLICY ${table}_${verb} ON ${table} ${form}`;
    return { name: `${table}: ${verb} ${what}`, table, breaks: alter(broken), mends: alter(sound[verb]) };
  };
  const breaks = [
    policy("select", "reaches everything", "USING (true)"),
    policy(
      "select",
      "reaches everything without a tenant",
      `USING (${ALL_UNLESS_BOUND} OR tenant_id = '~global')`,
    ),
    policy("select", "reaches tenants of a similar name", `USING (${SIMILAR} OR tenant_id = '~global')`),
    policy("select", "does not reach global rows", `USING (${OWN})`),
    policy("select", "reaches nothing of one's own", "USING (tenant_id = '~global')"),
    policy("insert", "reaches everything", "WITH CHECK (true)"),
    policy("insert", "reaches global rows", `WITH CHECK (${OWN_OR_GLOBAL})`),
    policy("insert", "reaches everything without a tenant", `WITH CHECK (${ALL_UNLESS_BOUND})`),
    policy("insert", "reaches nothing", "WITH CHECK (false)"),
    policy("update", "reaches everything and leaves it anywhere", "USING (true) WITH CHECK (true)"),
    policy("update", "takes from everywhere", `USING (true) WITH CHECK (${OWN})`),
    policy("update", "gives to everyone", `USING (${OWN}) WITH CHECK (true)`),
    policy("update", "publishes", `USING (${OWN}) WITH CHECK (${OWN_OR_GLOBAL})`),
    policy("update", "takes global rows over", `USING (${OWN_OR_GLOBAL}) WITH CHECK (${OWN})`),
    policy(
      "update",
      "reaches everything without a tenant",
      `USING (${ALL_UNLESS_BOUND}) WITH CHECK (${ALL_UNLESS_BOUND})`,
    ),
    policy("delete", "reaches everything", "USING (true)"),
    policy("delete", "reaches global rows", `USING (${OWN_OR_GLOBAL})`),
    policy("delete", "reaches everything without a tenant", `USING (${ALL_UNLESS_BOUND})`),
    {
      name: `${table}: the policies are switched off`,
      table,
      breaks: `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
      mends: `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    },
    {
      name: `${table}: the policies do not bind its owner`,
      table,
      breaks: `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`,
      mends: `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    },
    {
      name: `${table}: another policy allows what the four do not`,
      table,
      breaks: `CREATE POLICY another ON ${table} TO servo_app USING (tenant_id IS NOT NULL)`,
      mends: `DROP POLICY another ON ${table}`,
    },
    {
      name: `${table}: one policy for every verb reaches own and global rows`,
      table,
      breaks: `CREATE POLICY another ON ${table} USING (${OWN_OR_GLOBAL})`,
      mends: `DROP POLICY another ON ${table}`,
    },
    {
      name: `${table}: a policy is missing`,
      table,
      breaks: `DROP POLICY ${table}_select ON ${table}`,
      mends: `CREATE POLICY ${table}_select ON ${table} FOR SELECT TO servo_app USING (${OWN_OR_GLOBAL})`,
    },
    {
      name: `${table}: the application may empty it`,
      table,
      // Of all tables, because what hangs on a table is emptied with it.
      breaks: `GRANT TRUNCATE ON ${TABLES.join(", ")} TO servo_app`,
      mends: `REVOKE TRUNCATE ON ${TABLES.join(", ")} FROM servo_app`,
    },
  ];
  if (!UNCHANGING_TABLES.includes(table)) return breaks;
  // There the right to change is missing before any policy is asked: it is given away, too.
  const isOfUpdate = ({ name }: Break) => name.startsWith(`${table}: update `);
  return [...breaks.filter((each) => !isOfUpdate(each)), ...breaks.map(withRightToChange)];
});

function withRightToChange({ name, table, breaks, mends }: Break): Break {
  return {
    name: `${name}, and the application may change it`,
    table,
    breaks: `${breaks}; GRANT UPDATE ON ${table} TO servo_app`,
    mends: `${mends}; REVOKE UPDATE ON ${table} FROM servo_app`,
  };
}

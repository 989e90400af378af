import { GLOBAL_TENANT } from "../../../src/db/tenant.ts";

/** As it is sent: its parameters beside it. */
interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const COLUMN = String.raw`(?:"?\b\w+"?\.)?"?\btenant_id"?`;
const IS_TENANT = new RegExp(String.raw`(${COLUMN}) = \$(\d+)(?!\d|::)`, "g");
const IS_ONE_OF = new RegExp(String.raw`(${COLUMN}) = ANY\(\$(\d+)::text\[\]\)`, "g");
const IS_OF_BRANCH = new RegExp(`(${COLUMN}) = scope\\.tenant_id`, "g");
const BRANCHES = /\bunnest\(\$(\d+)::text\[\]\) AS scope\(tenant_id\)/gi;
/** Where else the column stands: in joins of rows by their composite key, which say nothing of whose they are, and in lists. */
const ELSEWHERE = [
  /"?\b(?!scope\b)\w+"?\."?tenant_id"? = "?\b(?!scope\b)\w+"?\."?tenant_id"?/g,
  /\bnullif\(\w+\.tenant_id, '~global'\)/g,
  /\b(?:insert into "?\w+"?|on conflict)\s+\([^)]*\)/gi,
  /\b(?:select|returning)\s+(?:(?:"?\w+"?\.)?"?\w+"?,\s*)*(?:"?\w+"?\.)?"?tenant_id"?(?=,|\s+from\b)/gi,
  /\b(?:select distinct|order by) edge\.tenant_id(?=,)/gi,
  // What an INSERT takes over as a reference.
  /(?<=, )\(\w+\.tenant_id\)::text(?=,)/g,
];

/**
 * A statement of the application without the predicates on whose rows it is after, as if they had been forgotten.
 *
 * The rule: a predicate that names all that its tenant may see, and every one of a statement that writes or locks, is
 * taken for true, because the policies say the same. One that names less chooses among what is visible (`scope: OWN`,
 * `GLOBAL`; an own name before a global one; an own key): it keeps the choice between own and global, and no longer says
 * whose. The branches of a list, one a tenant, become one, unless they choose.
 *
 * @param bound the tenant that the connection is bound to; empty for nobody
 * @throws Error where a predicate has a form that is not known here, so that none is overlooked
 */
export function withoutTenantPredicates({ text, values }: Statement, bound: string): Statement {
  const known = [IS_ONE_OF, IS_TENANT, IS_OF_BRANCH, BRANCHES, ...ELSEWHERE];
  const rest = known.reduce((left, form) => left.replace(form, ""), text);
  if (/\btenant_id\b/.test(rest)) throw new Error(`a tenant predicate of an unknown form: ${text}`);

  const writes = /\b(?:update|delete from)\b/i.test(text.replace(/^\/\*.*?\*\//, ""));
  const visible = bound === "" || bound === GLOBAL_TENANT ? 1 : 2;
  const chooses = (tenants: readonly unknown[]) => !writes && tenants.length < visible;
  const freed = [...values];

  const choice = (column: string, parameter: string, type: string, tenants: readonly unknown[]) => {
    // The parameter stays in use: PostgreSQL asks for the type of each.
    const always = `($${parameter}::${type} IS NOT NULL)`;
    if (!chooses(tenants)) return always;
    if (tenants.length === 0) return `(false AND ${always})`;
    return `(${always} AND ${column} ${tenants[0] === GLOBAL_TENANT ? "=" : "<>"} '${GLOBAL_TENANT}')`;
  };

  return {
    text: text
      .replace(IS_OF_BRANCH, (_, column) => {
        const sameKind = `(${column} = '${GLOBAL_TENANT}') = (scope.tenant_id = '${GLOBAL_TENANT}')`;
        return `(scope.tenant_id IS NULL OR ${sameKind})`;
      })
      .replace(BRANCHES, (branches, parameter) => {
        if (!chooses(listOf(values[parameter - 1]))) freed[parameter - 1] = [null];
        return branches;
      })
      .replace(IS_ONE_OF, (_, column, parameter) =>
        choice(column, parameter, "text[]", listOf(values[parameter - 1])),
      )
      .replace(IS_TENANT, (_, column, parameter) => {
        const tenant = values[parameter - 1];
        // No row is of '', which is what nobody's own are asked for by.
        return choice(column, parameter, "text", tenant === null || tenant === "" ? [] : [tenant]);
      }),
    values: freed,
  };
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`not a list of tenants: ${value}`);
  return value;
}

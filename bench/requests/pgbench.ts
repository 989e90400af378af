import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Subjects } from "./question.ts";

const run = promisify(execFile);

/** Where Debian has the programs of its newest PostgreSQL, beside what is on the path. */
const PLACES = [
  "pgbench",
  ...["18", "17", "16", "15"].map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`),
];

/** The workloads whose one statement is the database's limit. */
export const STATEMENTS: Readonly<Record<string, (subjects: Subjects, n: number) => string>> = {
  "by id": ({ tenant, assetIds }, n) => `
    SELECT id, name, asset_type, owner, created_at FROM assets
    WHERE tenant_id = ANY (ARRAY['${tenant}', '~global']) AND id = '${assetIds[n]}'`,
  page: ({ tenant }) => page(tenant, ""),
  "deep page": ({ tenant, deepAfter }) => {
    const { createdAt, id } = JSON.parse(deepAfter["hand-written"]);
    return page(tenant, `AND (created_at, id) < ('${createdAt}', '${id}')`);
  },
  lineage: ({ tenant, rootIds }, n) => walk(tenant, rootIds[n] ?? "", 4),
  "lineage of 1,000": ({ tenant, rootOf1000 }) => walk(tenant, rootOf1000, 20),
};

const page = (tenant: string, after: string) => `
  SELECT id, name, asset_type, owner, created_at FROM assets
  WHERE tenant_id = '${tenant}' ${after} ORDER BY created_at DESC, id DESC LIMIT 50`;

const walk = (tenant: string, root: string, depth: number) => `
  WITH RECURSIVE walk (id, depth) AS (
    SELECT '${root}'::uuid, 0
    UNION
    SELECT edge.upstream_asset_id, walk.depth + 1
    FROM walk JOIN asset_dependencies AS edge ON edge.downstream_asset_id = walk.id
    WHERE walk.depth < ${depth}
  ), node AS (SELECT id, min(depth) AS depth FROM walk GROUP BY id)
  SELECT node.depth, assets.id, assets.name, assets.asset_type, assets.owner
  FROM node JOIN assets ON assets.tenant_id = ANY (ARRAY['${tenant}', '~global']) AND assets.id = node.id`;

/** How many scripts of one workload: each about another subject. */
const SCRIPTS = 20;

/** The program, where it is installed. */
export async function findPgbench(): Promise<string | undefined> {
  for (const place of PLACES)
    if (
      await run(place, ["--version"])
        .then(() => true)
        .catch(() => false)
    )
      return place;
  return undefined;
}

/** Transactions a second of a workload's statement alone, bound to its tenant as ours are, each in one flight. */
export async function pgbenchRate(
  program: string,
  applicationUrl: string,
  options: { workload: string; subjects: Subjects; connections: number; seconds: number },
): Promise<number> {
  const { workload, subjects, connections, seconds } = options;
  const statementOf = STATEMENTS[workload];
  if (statementOf === undefined) throw new Error(`${workload} is no single statement`);
  const folder = await mkdtemp(join(tmpdir(), "servo-pgbench-"));
  try {
    const scripts = await Promise.all(
      Array.from({ length: SCRIPTS }, async (_, n) => {
        const file = join(folder, `${n}.sql`);
        await writeFile(file, script(subjects.tenant, statementOf(subjects, n)));
        return ["-f", file];
      }),
    );
    const { stdout } = await run(program, [
      ...["-n", "-M", "prepared", "-c", String(connections), "-j", "1", "-T", String(seconds)],
      ...scripts.flat(),
      applicationUrl,
    ]);
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function script(tenant: string, statement: string): string {
  return [
    "\\startpipeline",
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;",
    `SET LOCAL app.current_tenant = '${tenant}';`,
    `${statement.replaceAll(/\s+/g, " ").trim()};`,
    "COMMIT;",
    "\\endpipeline",
    "",
  ].join("\n");
}

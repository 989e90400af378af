export const CONTESTANTS = ["ours", "hand-written", "PostGraphile"] as const;
export type ContestantName = (typeof CONTESTANTS)[number];

/** One request over HTTP. */
export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly tenant: string;
  readonly body?: string;
}

/** What is asked about, found in the catalogue. */
export interface Subjects {
  /** The tenant that reads. */
  readonly tenant: string;
  readonly assetIds: readonly string[];
  /** Roots of walks of depth 4. */
  readonly rootIds: readonly string[];
  /** The root of a walk that finds 1,000 assets. */
  readonly rootOf1000: string;
  /** Which page the deep one is, of 50 rows each. */
  readonly deepPage: number;
  /** Where the deep page begins: each contestant's own cursor. */
  readonly deepAfter: Readonly<Record<ContestantName, string>>;
  /** Those that write: each contestant one of its own, so that all find the same. */
  readonly writers: Readonly<Record<ContestantName, Writer>>;
  /** The tenants of the mixed load. */
  readonly crowd: readonly Writer[];
}

/** A tenant that writes. */
export interface Writer {
  readonly tenant: string;
  readonly workflowId: string;
  readonly assetIds: readonly string[];
}

/** The same question in the words of each contestant. */
export interface Workload {
  /** As a table shows it. */
  readonly title: string;
  readonly asks: Readonly<Record<ContestantName, Ask>>;
  /** What the answers have in common. Undefined where each contestant answers about rows of its own making. */
  readonly canonical?: Readonly<Record<ContestantName, (answer: never) => unknown>>;
}

export type Ask = (n: number, subjects: Subjects) => Question;

export const pick = <T>(all: readonly T[], n: number): T => {
  const found = all[n % all.length];
  if (found === undefined) throw new Error("there is nothing to ask about");
  return found;
};

export const graphql =
  (query: string, variablesOf: (n: number, subjects: Subjects) => object, tenantOf: TenantOf = reader): Ask =>
  (n, subjects) => ({
    method: "POST",
    path: "/graphql",
    tenant: tenantOf(n, subjects),
    body: JSON.stringify({ query, variables: variablesOf(n, subjects) }),
  });

export const get =
  (name: string, queryOf: (n: number, subjects: Subjects) => Record<string, string> = () => ({})): Ask =>
  (n, subjects) => ({
    method: "GET",
    path: `/${name}?${new URLSearchParams(queryOf(n, subjects))}`,
    tenant: subjects.tenant,
  });

export const post =
  (name: string, bodyOf: (n: number, subjects: Subjects) => object): Ask =>
  (n, subjects) => ({
    method: "POST",
    path: `/${name}`,
    tenant: subjects.writers["hand-written"].tenant,
    body: JSON.stringify(bodyOf(n, subjects)),
  });

export type TenantOf = (n: number, subjects: Subjects) => string;
export const reader: TenantOf = (_, { tenant }) => tenant;
export const writer =
  (name: ContestantName): TenantOf =>
  (_, { writers }) =>
    writers[name].tenant;

export const noVariables = () => ({});
export const assetId = (n: number, { assetIds }: Subjects) => ({ id: pick(assetIds, n) });

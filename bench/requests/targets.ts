import type { ContestantName } from "./question.ts";
import type { WorkloadName } from "./workloads.ts";

type Rival = Exclude<ContestantName, "ours">;

const QUICK = { PostGraphile: 1.3, "hand-written": 0.6 };
const LISTS = { PostGraphile: 1.5, "hand-written": 0.6 };
const LINEAGE = { PostGraphile: 1.5, "hand-written": 0.8 };

/** How many requests a second ours should answer for each of a rival's. */
const LEAST: Readonly<Partial<Record<WorkloadName, Readonly<Record<Rival, number>>>>> = {
  "by id": QUICK,
  page: LISTS,
  "deep page": LISTS,
  "nested executions": LISTS,
  "nested assets": LISTS,
  lineage: LINEAGE,
  "lineage as relations": LINEAGE,
  "lineage of 1,000": LINEAGE,
  "create asset": QUICK,
  "create execution": QUICK,
  "create dependencies": QUICK,
};

/** What a ratio is measured by. */
export function judge(workload: WorkloadName, rival: ContestantName, ratio: number) {
  const least = rival === "ours" ? undefined : LEAST[workload]?.[rival];
  return { least, isMet: least === undefined || ratio >= least };
}

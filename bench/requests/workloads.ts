import { createHash } from "node:crypto";
import { LINEAGES } from "./lineages.ts";
import { type ContestantName, pick, type Question, type Subjects } from "./question.ts";
import { READS } from "./reads.ts";
import { WRITES } from "./writes.ts";

export const WORKLOADS = { ...READS, ...LINEAGES, ...WRITES };

/** The mixed load is of ours and of the hand-written server's too, but has no answers to compare. */
export type WorkloadName = keyof typeof WORKLOADS | "mixed";

/** What a contestant is asked. Questions of the mixed load are asked for the tenants of the crowd in turn. */
export function questionOf(
  name: WorkloadName,
  contestant: ContestantName,
  n: number,
  subjects: Subjects,
): Question {
  if (name !== "mixed") return WORKLOADS[name].asks[contestant](n, subjects);
  const member = pick(subjects.crowd, n);
  const kind = mixedKind(n);
  const asIf: Subjects = {
    ...subjects,
    tenant: member.tenant,
    assetIds: member.assetIds,
    rootIds: member.assetIds,
    writers: { ours: member, "hand-written": member, PostGraphile: member },
  };
  return WORKLOADS[kind].asks[contestant](n, asIf);
}

/** 80% reads, 15% lineage, 5% writes, in no regular order. */
function mixedKind(n: number): keyof typeof WORKLOADS {
  const place = createHash("md5").update(String(n)).digest().readUInt16BE() % 100;
  if (place < 50) return "by id";
  if (place < 70) return "page";
  if (place < 80) return "nested executions";
  if (place < 95) return "lineage";
  return place < 98 ? "create asset" : "create execution";
}

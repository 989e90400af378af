import type { ExecutionState } from "../../src/modules/execution/execution.table.ts";
import {
  distancesFrom,
  neighbours,
  type ReferenceGraph,
  type ReferenceNode,
  type ReferenceRequest,
  type ReferenceWalk,
  referenceWalk,
} from "./lineage-reference.ts";

/** A run of a workflow that writes some assets. */
export interface ReferenceExecution {
  readonly id: string;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly state: ExecutionState;
  readonly outputs: readonly string[];
}

export interface ReferenceImpactNode extends ReferenceNode, ReferenceFate {}

export interface ReferenceImpact {
  readonly walk: ReferenceWalk;
  /** What is reached and shown, without the root. */
  readonly nodes: readonly ReferenceImpactNode[];
}

/** How an asset of a lineage fares. */
export interface ReferenceFate {
  readonly latestExecution: string | null;
  readonly isStale: boolean;
  readonly blockedBy: string | null;
}

/** How each asset that a walk came to must be said to fare. */
export function referenceFates(
  walk: ReferenceWalk,
  executions: readonly ReferenceExecution[],
): (id: string) => ReferenceFate {
  const walked = new Set(walk.walked.map(({ id }) => id));
  const above = neighbours(walk.edges, "upstream");
  const aboveWithin = neighbours(
    walk.edges.filter(({ upstream, downstream }) => walked.has(upstream) && walked.has(downstream)),
    "upstream",
  );
  const latest = (id: string) => lastMade(executions.filter(({ outputs }) => outputs.includes(id)));
  const builtAt = (id: string) =>
    lastMade(executions.filter(({ outputs, state }) => state === "succeeded" && outputs.includes(id)))
      ?.completedAt ?? null;

  const isStale = (id: string) => {
    const own = builtAt(id);
    return own !== null && [...distancesFrom(id, above).keys()].some((each) => (builtAt(each) ?? own) > own);
  };
  const blockedBy = (id: string) => {
    const failed = [...distancesFrom(id, aboveWithin)].filter(
      ([each]) => each !== id && ["failed", "timeout"].includes(latest(each)?.state ?? ""),
    );
    return failed.sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? null;
  };
  return (id) => ({
    latestExecution: latest(id)?.id ?? null,
    isStale: isStale(id),
    blockedBy: blockedBy(id),
  });
}

/** What a change of an asset must be said to reach; null for an asset that is not seen. */
export function referenceImpact(
  graph: ReferenceGraph,
  executions: readonly ReferenceExecution[],
  root: string,
  request: Omit<ReferenceRequest, "direction">,
): ReferenceImpact | null {
  const walk = referenceWalk(graph, root, { ...request, direction: "downstream" });
  if (walk === null) return null;
  const fateOf = referenceFates(walk, executions);
  const nodes = walk.nodes.filter(({ id }) => id !== root).map((node) => ({ ...node, ...fateOf(node.id) }));
  return { walk, nodes };
}

/** The one that was made last, of several at once the one with the greatest id. */
function lastMade(executions: readonly ReferenceExecution[]): ReferenceExecution | undefined {
  return executions.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))[0];
}

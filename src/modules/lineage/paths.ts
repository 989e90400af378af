import { adjacency } from "./graph.ts";

/** Nodes looked at, all together; what is found by then is what is told. */
const MAX_STEPS = 5_000_000;

/** All paths that begin with the first `length` nodes of `base` and then go on with none of `barred`. */
interface Branch {
  readonly base: readonly number[];
  readonly length: number;
  readonly barred: ReadonlySet<number>;
  /** No path of it is shorter, in nodes. */
  readonly bound: number;
}

interface Candidate {
  readonly path: readonly number[];
  readonly branch: Branch;
}

/**
 * The shortest paths that visit no node twice, shortest first, then in the order of their nodes; at most `most`.
 *
 * Lawler's form of Yen's algorithm: the paths of a branch but its best are the branches that leave that one, at each of
 * its nodes. A branch is searched only when nothing that is known is shorter than it can be.
 * @param next for each node, which are 0, 1, …, the nodes that its edges lead to
 * @returns `complete`: false when some paths were not looked for, as that would have taken too long
 */
export function shortestPaths(
  next: readonly (readonly number[])[],
  from: number,
  to: number,
  most: number,
): { readonly paths: (readonly number[])[]; readonly complete: boolean } {
  const graph = new Graph(next, to);
  const found: (readonly number[])[] = [];
  const candidates: Candidate[] = [];
  let branches: Branch[] = [{ base: [from], length: 1, barred: new Set(), bound: 1 + graph.distance(from) }];
  while (found.length < most) {
    let known = Math.min(...candidates.map(({ path }) => path.length));
    branches = branches
      .sort((a, b) => a.bound - b.bound)
      .filter((branch) => {
        if (branch.bound > known || branch.bound === Number.POSITIVE_INFINITY) return true;
        const path = graph.shortestOf(branch);
        if (path === undefined) return false;
        candidates.push({ path, branch });
        known = Math.min(known, path.length);
        return false;
      });
    const best = candidates.sort((a, b) => byLengthThenNodes(a.path, b.path)).shift();
    if (best === undefined) break;
    found.push(best.path);
    branches.push(...graph.leaving(best));
  }
  return { paths: found, complete: !graph.exhausted };
}

class Graph {
  readonly #next: readonly (readonly number[])[];
  readonly #before: readonly (readonly number[])[];
  readonly #to: number;
  /** How many edges each node is away from the end; infinite where no path leads there. */
  readonly #distance: readonly number[];
  #steps = 0;

  constructor(next: readonly (readonly number[])[], to: number) {
    this.#next = next.map((nodes) => [...new Set(nodes)].sort((a, b) => a - b));
    this.#before = adjacency(
      next.length,
      this.#next.flatMap((nodes, node) => nodes.map((each) => [each, node] as const)),
    );
    this.#to = to;
    this.#distance = this.#distances(new Set());
  }

  /** Whether too much had to be searched, and some paths were not looked for. */
  get exhausted(): boolean {
    return this.#steps > MAX_STEPS;
  }

  distance(node: number): number {
    return this.#distance[node] ?? Number.POSITIVE_INFINITY;
  }

  /** The branches that leave a path at each of its nodes, of those that its own branch holds. */
  leaving({ path, branch }: Candidate): Branch[] {
    const places = new Map(path.map((node, place) => [node, place]));
    return path.slice(branch.length - 1, -1).flatMap((node, index) => {
      const length = branch.length + index;
      const barred = new Set(index === 0 ? branch.barred : []).add(path[length] ?? node);
      const open = (this.#next[node] ?? []).filter(
        (each) => !barred.has(each) && (places.get(each) ?? length) >= length,
      );
      const bound = open.reduce(
        (least, each) => Math.min(least, this.distance(each)),
        Number.POSITIVE_INFINITY,
      );
      return bound === Number.POSITIVE_INFINITY
        ? []
        : [{ base: path, length, barred, bound: length + 1 + bound }];
    });
  }

  /** The first of a branch's shortest paths, or undefined when it has none. */
  shortestOf({ base, length, barred }: Branch): readonly number[] | undefined {
    if (this.exhausted) return undefined;
    const prefix = base.slice(0, length);
    const around = new Set(prefix);
    const path = this.#descend(prefix, barred, around, this.#distance);
    // Only where there are cycles can what is nearest to the end lead back into the prefix.
    if (path !== undefined) return path;
    return this.#descend(prefix, barred, around, this.#distances(around));
  }

  /** Goes on from a prefix by the smallest of the nearest nodes, or gives up where that is one of the prefix. */
  #descend(
    prefix: readonly number[],
    barred: ReadonlySet<number>,
    around: ReadonlySet<number>,
    distance: readonly number[],
  ): readonly number[] | undefined {
    const path = [...prefix];
    this.#steps += path.length;
    let node = path.at(-1);
    let open = barred;
    while (node !== undefined && node !== this.#to) {
      let nearest: number | undefined;
      let shortest = Number.POSITIVE_INFINITY;
      for (const each of this.#next[node] ?? []) {
        const length = distance[each] ?? Number.POSITIVE_INFINITY;
        if (length >= shortest || open.has(each)) continue;
        nearest = each;
        shortest = length;
      }
      if (nearest === undefined || around.has(nearest)) return undefined;
      this.#steps += 1;
      path.push(nearest);
      node = nearest;
      open = NOTHING;
    }
    return path;
  }

  /** The distances from the end, on paths that pass none of `around`. */
  #distances(around: ReadonlySet<number>): readonly number[] {
    const distance = new Array<number>(this.#next.length).fill(Number.POSITIVE_INFINITY);
    distance[this.#to] = 0;
    const queue = [this.#to];
    for (const node of queue) {
      for (const before of this.#before[node] ?? []) {
        this.#steps += 1;
        if (around.has(before) || distance[before] !== Number.POSITIVE_INFINITY) continue;
        distance[before] = (distance[node] ?? 0) + 1;
        queue.push(before);
      }
    }
    return distance;
  }
}

const NOTHING: ReadonlySet<number> = new Set();

function byLengthThenNodes(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return a.length - b.length;
  const place = a.findIndex((node, index) => node !== b[index]);
  return place === -1 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}

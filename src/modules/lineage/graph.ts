/**
 * The strongly connected components of a graph whose nodes are 0, 1, …: Tarjan's algorithm, with a stack of its own so
 * that no graph is too deep for it. A component comes after all that can be reached from it.
 * @param next for each node the nodes that its edges lead to
 */
export function strongComponents(next: readonly (readonly number[])[]): number[][] {
  const components: number[][] = [];
  /** When a node was found, from 1; 0 before that. */
  const found = new Int32Array(next.length);
  /** The earliest found node of the same component that is known to be reached from a node. */
  const lowest = new Int32Array(next.length);
  const edge = new Int32Array(next.length);
  const open = new Uint8Array(next.length);
  const unassigned: number[] = [];
  let clock = 0;

  const enter = (node: number, path: number[]) => {
    clock += 1;
    found[node] = clock;
    lowest[node] = clock;
    open[node] = 1;
    unassigned.push(node);
    path.push(node);
  };

  for (let start = 0; start < next.length; start += 1) {
    if (found[start] !== 0) continue;
    const path: number[] = [];
    enter(start, path);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const to = next[node]?.[at(edge, node)];
      if (to !== undefined) {
        edge[node] = at(edge, node) + 1;
        if (found[to] === 0) enter(to, path);
        else if (open[to] === 1) lowest[node] = Math.min(at(lowest, node), at(found, to));
        continue;
      }
      path.pop();
      const before = path.at(-1);
      if (before !== undefined) lowest[before] = Math.min(at(lowest, before), at(lowest, node));
      if (lowest[node] === found[node]) components.push(close(node, unassigned, open));
    }
  }
  return components;
}

/** Takes the component of its first found node off the nodes that have none yet. */
function close(first: number, unassigned: number[], open: Uint8Array): number[] {
  const component = unassigned.splice(unassigned.lastIndexOf(first));
  for (const node of component) open[node] = 0;
  return component;
}

function at(numbers: Int32Array, index: number): number {
  return numbers[index] ?? 0;
}

/** For each of `size` nodes where its edges lead, from pairs of nodes. */
export function adjacency(size: number, pairs: Iterable<readonly [from: number, to: number]>): number[][] {
  const next: number[][] = Array.from({ length: size }, () => []);
  for (const [from, to] of pairs) next[from]?.push(to);
  return next;
}

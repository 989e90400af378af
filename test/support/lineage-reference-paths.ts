import { allowedEdges, neighbours, type ReferenceChoice, type ReferenceGraph } from "./lineage-reference.ts";

export interface ReferencePaths {
  /** The ids on each, both ends included. */
  readonly paths: readonly (readonly string[])[];
  /** For each path the ids of its edges: of each step all, by their types. */
  readonly edges: readonly (readonly string[])[];
  readonly hasMore: boolean;
}

/** The shortest ways that visit nothing twice, found by going them all; null where an end is not seen. */
export function referencePaths(
  { assets, edges }: ReferenceGraph,
  request: ReferenceChoice & { readonly from: string; readonly to: string; readonly first: number },
): ReferencePaths | null {
  const { from, to, first } = request;
  if (!assets.has(from) || !assets.has(to)) return null;
  const allowed = allowedEdges(edges, request);
  const next = neighbours(allowed, "downstream");
  const all: string[][] = [];
  const go = (path: readonly string[], at: string) => {
    if (at === to) all.push([...path]);
    else for (const id of new Set(next.get(at))) if (!path.includes(id)) go([...path, id], id);
  };
  go([from], from);
  const paths = all.sort((a, b) => a.length - b.length || (a.join() < b.join() ? -1 : 1)).slice(0, first);
  const edgesOf = (path: readonly string[]) =>
    path.slice(1).flatMap((down, index) =>
      allowed
        .filter(({ upstream, downstream }) => upstream === path[index] && downstream === down)
        .sort((a, b) => (a.type < b.type ? -1 : 1))
        .map(({ id }) => id),
    );
  return { paths, edges: paths.map(edgesOf), hasMore: all.length > first };
}

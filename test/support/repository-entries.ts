import type { Repositories } from "../../src/modules/repositories.ts";

/** All repositories with their names. They are made when they are asked for, so `Object.entries` knows none. */
export function repositoryEntries(repositories: Repositories): [name: string, repository: object][] {
  const found: [string, object][] = [];
  for (const name in repositories) found.push([name, repositories[name as keyof Repositories]]);
  if (found.length === 0) throw new Error("there is no repository");
  return found;
}

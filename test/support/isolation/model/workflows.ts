import type { PageRequest } from "../../../../src/db/keyset.ts";
import { GLOBAL_TENANT } from "../../../../src/db/tenant.ts";
import type {
  NewWorkflow,
  NewWorkflowVersion,
  WorkflowFilter,
  WorkflowPatch,
} from "../../../../src/modules/workflow/workflow.input.ts";
import type { WorkflowVersion } from "../../../../src/modules/workflow/workflow.repository.ts";
import { byId, type Expected, given, noSuch, ownRow } from "./changes.ts";
import {
  countsByParent,
  inOrder,
  isOneOf,
  type NameConditions,
  NEWEST_FIRST,
  nameMatches,
  type Order,
  pagesByParent,
  parseWindow,
  planPage,
  type TagConditions,
  tagsMatch,
  type Window,
} from "./paging.ts";
import { badInput, conflict, forbidden, notFound, refuseDoubles, validId, validLabel } from "./refusals.ts";
import { isLatest } from "./shown.ts";
import type { Told } from "./told.ts";
import type { View, WorkflowRow } from "./world.ts";

type Query = { readonly filter?: WorkflowFilter | null; readonly orderBy?: Order | null };
type Links = NonNullable<NewWorkflow["assets"]>;

/** What the store's workflows must do. Of what the server chooses each is told. */
export function modelWorkflows(view: View) {
  const { world, actor } = view;

  const matching = ({ name, owners, tags, latestOnly }: WorkflowFilter) =>
    view
      .seen("workflow")
      .filter(
        (row) =>
          nameMatches(row.name, name as NameConditions) &&
          isOneOf(row.owner, owners) &&
          tagsMatch(row.tags, tags as TagConditions) &&
          (latestOnly !== true || isLatest(view, row)),
      );

  /** All versions, the latest first. */
  const versions = (rows: readonly WorkflowRow[], name: string) =>
    rows.filter((row) => row.name === name).toSorted((a, b) => b.version - a.version);

  /** The versions of one's own workflow of that name, else of the global one. */
  function named(name: string): WorkflowRow[] {
    const all = versions(view.seen("workflow"), name);
    const own = all.filter(({ tenant }) => tenant === actor.own);
    return own.length > 0 ? own : all.filter(({ tenant }) => tenant === GLOBAL_TENANT);
  }

  function resolved(links: Links): WorkflowRow["links"] {
    const found = links.map((link, position) => ({ ...link, assetId: validId(link.assetId), position }));
    const missing = found.find(({ assetId }) => view.find("asset", assetId) === undefined);
    if (missing !== undefined) throw noSuch("asset", missing.assetId);
    return found;
  }

  const store = (
    row: Omit<WorkflowRow, "tenant" | "id" | "createdAt" | "updatedAt" | "createdBy" | "updatedBy">,
    told: Told,
  ) =>
    world.add("workflow", {
      ...row,
      tenant: view.own,
      id: told.newId(world.known.workflow),
      createdAt: told.moment("createdAt"),
      updatedAt: told.moment("createdAt"),
      createdBy: actor.signs,
      updatedBy: actor.signs,
    });

  const touching = (assetId: string) =>
    view.seen("workflow").filter(({ links }) => links.some((link) => link.assetId === assetId));

  return {
    page(query: Query & PageRequest = {}) {
      return planPage(view, "workflows", query, query.orderBy ?? NEWEST_FIRST).of(
        matching(query.filter ?? {}),
      );
    },
    list(query: Query & Window = {}) {
      return parseWindow(query)(inOrder(matching(query.filter ?? {}), query.orderBy ?? NEWEST_FIRST));
    },
    count: (filter?: WorkflowFilter | null) => matching(filter ?? {}).length,
    findManyByIds: (ids: readonly string[]) =>
      byId(view.seen("workflow").filter(({ id }) => ids.includes(id))),
    findManyByVersions: (wanted: readonly WorkflowVersion[]) =>
      byId(wanted.flatMap(({ name, version }) => named(name).filter((row) => row.version === version))),
    findById: (id: string) => view.find("workflow", validId(id, "id")) ?? null,
    getById(id: string) {
      const row = view.find("workflow", validId(id, "id"));
      if (row === undefined) throw noSuch("workflow", id);
      return row;
    },
    findByName(name: string, version?: number | null) {
      const all = named(validLabel(name, "name"));
      return all.find((row) => (version ?? row.version) === row.version) ?? null;
    },
    listVersions: (name: string) => named(validLabel(name, "name")),
    findLinks(ids: readonly string[]) {
      const found = view.seen("workflow").filter(({ id, links }) => ids.includes(id) && links.length > 0);
      return new Map(
        found.map(({ id, links }) => [
          id,
          links.map(({ assetId, role, position }) => ({ workflowId: id, assetId, role, position })),
        ]),
      );
    },
    pagesByAsset: (ids: readonly string[], request: PageRequest) =>
      pagesByParent(planPage(view, "asset.workflows", request, NEWEST_FIRST), ids, touching),
    countsByAsset: (ids: readonly string[]) => countsByParent(ids, (id) => touching(id).length),

    insert({ name, ...input }: NewWorkflow, told: Told) {
      validLabel(name, "name");
      checkLinks(input.assets);
      if (versions(view.mine("workflow"), name).length > 0)
        throw conflict(`A workflow named ${JSON.stringify(name)} exists already.`);
      const links = resolved(input.assets ?? []);
      const fields = { description: null, owner: null, tags: [], properties: {} };
      return store({ ...fields, ...details(input), name, version: 1, links }, told);
    },
    insertVersion({ name, ...input }: NewWorkflowVersion, told: Told) {
      validLabel(name, "name");
      checkLinks(input.assets);
      const [previous] = versions(view.mine("workflow"), name);
      if (previous === undefined) {
        const text = JSON.stringify(name);
        throw named(name).length === 0
          ? notFound(`No workflow is named ${text}.`)
          : forbidden(`The workflow ${text} is global; only the system may change it.`);
      }
      const links = input.assets === undefined ? previous.links : resolved(input.assets ?? []);
      const { description, owner, tags, properties } = previous;
      const fields = { description, owner, tags, properties, ...details(input) };
      return store({ ...fields, name, version: previous.version + 1, links }, told);
    },
    update(id: string, patch: WorkflowPatch, expected: Expected, told: Told) {
      const workflowId = validId(id, "id");
      checkLinks(patch.assets);
      if (Object.keys(given(patch)).length === 0) throw badInput([], "must change at least one field");
      const links = patch.assets === undefined ? undefined : resolved(patch.assets ?? []);
      const row = ownRow(view, "workflow", workflowId, expected);
      return world.replace("workflow", workflowId, {
        ...details(patch),
        ...(links === undefined ? {} : { links }),
        updatedAt: told.updatedAt(row.updatedAt),
        updatedBy: actor.signs,
      });
    },
    remove(id: string, { cascade = false }: { readonly cascade?: boolean | null } = {}) {
      const row = ownRow(view, "workflow", validId(id, "id"));
      const runs = world.execution.filter(({ workflowId }) => workflowId === row.id);
      if (runs.some(({ tenant }) => !cascade || tenant !== row.tenant)) {
        throw conflict(
          cascade
            ? `The workflow ${row.id} is still in use.`
            : `The workflow ${row.id} has executions; they go with it where cascade is true.`,
        );
      }
      world.execution = world.execution.filter((run) => !runs.includes(run));
      world.workflow = world.workflow.filter((each) => each !== row);
    },
  };
}

function checkLinks(links: Links | null | undefined): void {
  links?.forEach(({ assetId }, index) => {
    validId(assetId, "assets", index, "assetId");
  });
  refuseDoubles(
    links ?? [],
    ({ role, assetId }) => `${role} ${assetId.toLowerCase()}`,
    (index) => ["assets", index],
  );
}

/** The fields that are given, as they are stored. */
function details({ assets: _, tags, properties, ...rest }: WorkflowPatch): Partial<WorkflowRow> {
  return given({
    ...(rest as Partial<WorkflowRow>),
    tags: tags === undefined ? undefined : (tags ?? []),
    properties: properties === undefined ? undefined : (properties ?? {}),
  }) as Partial<WorkflowRow>;
}

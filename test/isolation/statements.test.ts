import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createRepositories, type Repositories } from "../../src/modules/repositories.ts";
import { newAsset, newWorkflow } from "../support/factories.ts";
import { AT_ANY_COST, Client, prepareApi } from "../support/graphql.ts";
import { ACTORS, type Actor } from "../support/isolation/model/actors.ts";
import { inApi } from "../support/isolation/model/api-words.ts";
import { MUTATIONS, QUERIES } from "../support/isolation/model/documents.ts";
import { askStore, LIBRARY_READS, LIBRARY_WRITES } from "../support/isolation/model/library.ts";
import { NAMES, resolve } from "../support/isolation/model/picks.ts";
import { show } from "../support/isolation/model/told.ts";
import { World } from "../support/isolation/model/world.ts";
import { present } from "../support/present.ts";

// What another tenant has must not only be answered as what is not there: it must take the same way to that answer.
const api = prepareApi(AT_ANY_COST);
const world = new World();
const OPERATIONS = Object.fromEntries(
  Object.entries({ ...QUERIES, ...MUTATIONS }).map(([name, { variables }]) => [name, variables]),
);
/** What takes neither an id nor a name. */
const WITHOUT_NAMES = [
  ...["executions.countPurgeable", "dependencies.list", "dependencies.count", "executions.purge"],
  ...["assets and what is around them", "_service"],
];

const [mine, theirs] = [present(ACTORS[0]), present(ACTORS[1])];
const VIEWERS = [0, 5, 6].map((index) => present(ACTORS[index])).map((actor) => [actor.name, actor] as const);
/** What the others' rows and names are called in the second attempt, where there are none. */
const twins = new Map<string, string>();
/** The ids of all rows. */
const known = new Set<string>();

/** Some rows of each kind, hanging on one another. */
async function fill({ assets, workflows, executions, dependencies }: Repositories, names: readonly string[]) {
  const [first, second, third] = (await assets.upsertMany(names.map((name) => newAsset({ name })))).assets;
  const ids = [first, second, third].map((asset) => present(asset).id);
  const [a = "", b = "", c = ""] = ids;
  const edges = [
    [a, b],
    [b, c],
  ].map(([upstreamAssetId = "", downstreamAssetId = ""]) => ({
    ...{ upstreamAssetId, downstreamAssetId, dependencyType: "data" as const },
  }));
  await dependencies.insertMany(edges);
  const [name = ""] = names;
  const { id } = await workflows.insert(newWorkflow({ name, assets: [{ assetId: b, role: "output" }] }));
  await workflows.insertVersion({ name });
  await executions.insert({ workflowId: id, idempotencyKey: "key" });
}

/** Of everybody's rows as much as choosing among them takes. */
async function learn({ own }: Actor, from: Repositories): Promise<void> {
  const rows = {
    asset: await from.assets.list({ filter: { scope: "own" } }),
    workflow: await from.workflows.list(),
    execution: await from.executions.list(),
    edge: await from.dependencies.list(),
  };
  for (const [kind, all] of Object.entries(rows)) {
    const owned = all.filter(({ tenantId }) => tenantId === own || (tenantId === null && own === "~global"));
    const learnt: unknown = Reflect.get(world, kind);
    Reflect.set(world, kind, [
      ...(learnt as object[]),
      ...owned.map((row) => ({ ...row, tenant: own, links: [] })),
    ]);
    for (const { id } of owned) known.add(id);
    if (own !== theirs.own) continue;
    for (const { id } of owned) twins.set(id, `ffffffff${id.slice(8)}`);
  }
}

const NAMED = { [mine.name]: ["own 1", "own 2", "own 3"], [theirs.name]: NAMES.slice(0, 3) };

beforeAll(async () => {
  for (const actor of [present(ACTORS[5]), mine, theirs]) {
    const binding = { ownTenant: actor.own, actor: actor.signs };
    const work = (task: (from: Repositories) => Promise<void>) =>
      api.database.transaction(binding, { access: "write" }, (connection) =>
        task(createRepositories(connection)),
      );
    await work((from) => fill(from, NAMED[actor.name] ?? ["global 1", "global 2", "global 3"]));
    await work((from) => learn(actor, from));
  }
  // In the same order as without the mark: upserts are made in the order of names.
  for (const name of present(NAMED[theirs.name])) twins.set(name, `${name}!`);
});

/** The same with nothing of another tenant's in it. */
function twinOf(value: unknown): unknown {
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(twinOf);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, twinOf(each)]));
  if (typeof value !== "string") return value;
  return twins.get(value) ?? twins.get(value.toLowerCase())?.toUpperCase() ?? value;
}

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const idsIn = (given: unknown) => (show(given).match(ID) ?? []).map((id) => id.toLowerCase());

/** What may be asked, that names something of another tenant's: mostly by an id. */
function questions<Given>(given: fc.Arbitrary<Given>, actor: Actor): Given[] {
  const all = fc
    .sample(given, { numRuns: 200, seed: 11 })
    .map((each) => resolve(each, world, actor) as Given)
    .filter((each) => show(each) !== show(twinOf(each)));
  const byId = all.filter((each) => idsIn(each).some((id) => twins.has(id)));
  return [...byId.slice(0, 3), ...all.filter((each) => !byId.includes(each)).slice(0, 1)];
}

/** An answer without the twins' names, and without ids and moments that only one attempt has made. */
function comparable(told: string): string {
  const renamed = [...twins].reduce(
    (text, [name, twin]) => text.replaceAll(twin, name).replaceAll(twin.toUpperCase(), name.toUpperCase()),
    told,
  );
  return renamed
    .replaceAll(ID, (id) => (known.has(id.toLowerCase()) ? id : "<new>"))
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<moment>");
}

/** Whether a mutation may be tried twice: it makes what is new both times, or is refused for what is another tenant's. */
function leavesRows(variables: object): boolean {
  const ids = idsIn(variables);
  if (ids.length > 0) return ids.some((id) => twins.has(id));
  return [...show(variables).matchAll(/"name":"([^"]*)"/g)].every(([, name = ""]) => twins.has(name));
}

/** An attempt is rolled back, so that the next finds the same. */
async function askLibrary(actor: Actor, method: string, given: readonly unknown[]) {
  const enough = new Error("enough");
  let answer = "";
  const binding = { ownTenant: actor.own, actor: actor.signs };
  const before = api.statements.sent.length;
  await api.database
    .transaction(binding, { access: "write" }, async (connection) => {
      answer = await askStore(createRepositories(connection), method, given).then(show, String);
      throw enough;
    })
    .catch((error: unknown) => expect(error).toBe(enough));
  return { answer: comparable(answer), statements: api.statements.sent.slice(before) };
}

async function askApi(actor: Actor, document: string, variables: object) {
  const before = api.statements.sent.length;
  const { status, data, errors } = await new Client(api.fetch, actor.headers).send(document, variables);
  // Which of two fields that are read at once comes first is chance.
  const statements = api.statements.sent.slice(before).sort();
  return { answer: comparable(show({ status, data, errors })), statements };
}

async function expectTwins<Question>(
  all: readonly Question[],
  ask: (question: Question) => Promise<{ readonly answer: string; readonly statements: readonly string[] }>,
): Promise<void> {
  for (const question of all) expect(await ask(question)).toEqual(await ask(twinOf(question) as Question));
}

describe.each(VIEWERS)(
  "for %s, what another tenant has takes the statements of what nobody has, in",
  (_, viewer) => {
    it.each(Object.entries({ ...LIBRARY_READS, ...LIBRARY_WRITES }))("%s", (method, given) =>
      expectTwins(questions(given, viewer), (question) => askLibrary(viewer, method, question)),
    );

    it.each(Object.entries(QUERIES))("%s", (_name, { document, variables }) =>
      expectTwins(questions(variables, viewer), (question) =>
        askApi(viewer, document, inApi(question) as object),
      ),
    );
  },
);

// Last, because these store what the API is asked to.
describe.each(VIEWERS)(
  "for %s, what another tenant has takes the statements of what nobody has, in",
  (_, viewer) => {
    it.each(Object.entries(MUTATIONS))("%s", (_name, { document, variables }) =>
      expectTwins(questions(variables, viewer).filter(leavesRows), (question) =>
        askApi(viewer, document, inApi(question) as object),
      ),
    );
  },
);

it("there is something of another tenant's in every question that can name it", () => {
  const all = { ...LIBRARY_READS, ...LIBRARY_WRITES, ...OPERATIONS };
  const silent = Object.entries(all).filter(([, given]) => questions<unknown>(given, mine).length === 0);
  expect(silent.map(([name]) => name)).toEqual(WITHOUT_NAMES);
});

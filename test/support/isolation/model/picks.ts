import fc from "fast-check";
import { GLOBAL_TENANT } from "../../../../src/db/tenant.ts";
import { UNKNOWN_ID } from "../../factories.ts";
import type { Actor } from "./actors.ts";
import { KINDS, type Kind, type World } from "./world.ts";

/** Whose row an id is of: one's own, a global one, another tenant's, one that is gone, one that never was. */
const WHOSE = ["own", "global", "foreign", "gone", "never"] as const;
type Whose = (typeof WHOSE)[number];

/** An id that is chosen when it is needed, from the rows that are there then. */
export interface IdPick {
  readonly pick: Kind;
  readonly whose: Whose;
  readonly number: number;
  readonly form: "plain" | "upper" | "malformed";
}

/** A cursor that somebody was told, perhaps in another tenant, perhaps in another order or of another connection. */
interface CursorPick {
  readonly pick: "cursor";
  readonly connection: string;
  readonly of: "this order" | "anything" | "nothing";
  readonly number: number;
}

/** A moment at which surely nothing happened, or what a row shows as its `updatedAt`. */
interface MomentPick {
  readonly pick: "instant" | "updatedAt";
  readonly of: IdPick;
}

/** A name by which something is looked up or made: one of a few, or what a row is called. */
interface NamePick {
  readonly pick: "name";
  readonly name: string | IdPick;
}

/** A state that an execution may go to next, where there is one. */
interface StatePick {
  readonly pick: "state";
  readonly of: IdPick;
  readonly number: number;
}

export type Pick = IdPick | CursorPick | MomentPick | NamePick | StatePick;

const number = fc.nat({ max: 999 });

const whoseOf = (own: number, global: number, foreign: number) =>
  fc.oneof(
    { weight: own, arbitrary: fc.constant<Whose>("own") },
    { weight: global, arbitrary: fc.constant<Whose>("global") },
    { weight: foreign, arbitrary: fc.constant<Whose>("foreign") },
    { weight: 1, arbitrary: fc.constantFrom<Whose>("gone", "never") },
  );

/** Why an id is named, which decides whose it mostly is. */
const PURPOSES = { read: whoseOf(9, 4, 4), use: whoseOf(30, 15, 2), change: whoseOf(40, 3, 4) } as const;
type Purpose = keyof typeof PURPOSES;

const ofForm =
  (form: fc.Arbitrary<IdPick["form"]>) =>
  (kind: Kind, purpose: Purpose = "read") =>
    fc.record({
      pick: fc.oneof({ weight: 40, arbitrary: fc.constant(kind) }, fc.constantFrom(...KINDS)),
      whose: PURPOSES[purpose],
      number,
      form,
    });

/** A UUID of a row of that kind, or rarely of another; in lower case. */
export const validId = ofForm(fc.constant("plain"));

/** The same as a client may write it. */
export const id = ofForm(
  fc.oneof({ weight: 80, arbitrary: fc.constant("plain" as const) }, fc.constantFrom("upper", "malformed")),
);

export const validIds = (kind: Kind) => fc.array(validId(kind), { maxLength: 4 });

export const cursor = (connection: string): fc.Arbitrary<CursorPick> =>
  fc.record({
    pick: fc.constant("cursor" as const),
    connection: fc.constant(connection),
    of: fc.oneof(
      { weight: 16, arbitrary: fc.constant("this order" as const) },
      fc.constantFrom("anything" as const, "nothing" as const),
    ),
    number,
  });

/** Names that tenants share, that differ in case alone, and that searches take for one. */
export const NAMES = [
  "orders",
  "Orders",
  "ＯＲＤＥＲＳ",
  "orders_daily",
  "daily",
  "Übersicht",
  "order",
] as const;

export const name: fc.Arbitrary<NamePick | string> = fc.oneof(
  {
    weight: 150,
    arbitrary: fc.record({ pick: fc.constant("name" as const), name: fc.constantFrom(...NAMES) }),
  },
  fc.constant(" "),
);

/** Mostly what a row is called, one's own or somebody else's. */
export const nameOf = (
  kind: "asset" | "workflow",
  purpose: Purpose = "read",
): fc.Arbitrary<NamePick | string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ pick: fc.constant("name" as const), name: validId(kind, purpose) }) },
    { weight: 1, arbitrary: name },
  );

/** What rows are called, and no name that nothing can have. */
export const validNames = (kind: "asset" | "workflow") =>
  fc.array(fc.record({ pick: fc.constant("name" as const), name: validId(kind) }), { maxLength: 4 });

export const nextState = (of: IdPick, place: number): StatePick => ({ pick: "state", of, number: place });

/** What the row that an id is of shows, or now and then another one. */
export const expectedUpdatedAt = (of: IdPick): MomentPick => ({ pick: "updatedAt", of });

export const instant: fc.Arbitrary<MomentPick | Date> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ pick: fc.constant("instant" as const), of: validId("edge") }) },
  fc.constantFrom(new Date("2020-01-01T00:00:00.000Z"), new Date("2999-01-01T00:00:00.000Z")),
);

/** What an act is asked with, once everything is chosen. Ids that stand in one list are different ones. */
export function resolve(value: unknown, world: World, actor: Actor): unknown {
  if (Array.isArray(value)) return distinct(value.map((each) => resolve(each, world, actor)));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (isPick(value)) return chosen(value, world, actor);
  if (isPage(value)) return withCursors(value, world, actor);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, resolve(each, world, actor)] as const),
  );
}

/** Of other things, too, one may ask what is before a moment. */
const isPage = (value: object): boolean =>
  "after" in value || ("before" in value && !(value.before instanceof Date));

/** A page, whose cursors depend on its order. */
function withCursors(page: object, world: World, actor: Actor): object {
  const { after, before, ...rest } = page as { after?: CursorPick; before?: CursorPick; orderBy?: unknown };
  const { field = "createdAt", direction = "desc" } = (rest.orderBy ?? {}) as {
    field?: string;
    direction?: string;
  };
  const given = Object.entries({ after, before }).flatMap(([name, pick]) =>
    pick === undefined ? [] : [[name, cursorOf(pick, `${field}:${direction}`, world)] as const],
  );
  return { ...(resolve(rest, world, actor) as object), ...Object.fromEntries(given) };
}

/** Where none is told yet, there is none. */
function cursorOf({ connection, of, number: place }: CursorPick, order: string, world: World): string | null {
  if (of === "nothing") return "cursor";
  const told = of === "anything" ? world.cursors.told() : world.cursors.told({ connection, order });
  return told.length === 0 ? null : at(told, place);
}

const isPick = (value: object): value is Pick => "pick" in value;

function chosen(pick: Pick, world: World, actor: Actor): unknown {
  switch (pick.pick) {
    case "name":
      return typeof pick.name === "string" ? pick.name : nameOfRow(pick.name, world, actor);
    case "state":
      return nextStateOf(pick, world, actor);
    case "cursor":
      throw new Error("a cursor stands in a page");
    case "instant":
      return at([new Date("2020-01-01T00:00:00.000Z"), ...world.instants], pick.of.number);
    case "updatedAt":
      return updatedAt(pick.of, world, actor);
    default:
      return idOf(pick, world, actor);
  }
}

function idOf({ pick: kind, whose: of, number: place, form }: IdPick, world: World, actor: Actor): string {
  if (form === "malformed") return `${UNKNOWN_ID}\n`;
  const rows: readonly { readonly id: string; readonly tenant: string }[] = world[kind];
  const those = {
    own: rows.filter(({ tenant }) => tenant === actor.own),
    global: rows.filter(({ tenant }) => tenant === GLOBAL_TENANT),
    foreign: rows.filter(({ tenant }) => tenant !== actor.own && tenant !== GLOBAL_TENANT),
    gone: [...world.known[kind]].filter((id) => !rows.some((row) => row.id === id)).map((id) => ({ id })),
    never: [{ id: UNKNOWN_ID }],
  }[of];
  // Where there are none of those, any will do, if there is one at all.
  const [candidates = []] = [those, rows, [{ id: UNKNOWN_ID }]].filter(({ length }) => length > 0);
  const { id } = at(candidates, place);
  return form === "upper" ? id.toUpperCase() : id;
}

function nameOfRow(pick: IdPick, world: World, actor: Actor): string {
  const id = idOf(pick, world, actor);
  return [...world.asset, ...world.workflow].find((row) => row.id === id)?.name ?? at(NAMES, pick.number);
}

function nextStateOf({ of, number: place }: StatePick, world: World, actor: Actor): string {
  const id = idOf(of, world, actor);
  const { state } = world.execution.find((row) => row.id === id) ?? {};
  return state === "running"
    ? at(["succeeded", "failed", "timeout", "cancelled"], place)
    : at(["running", "running", "cancelled"], place);
}

function updatedAt(pick: IdPick, world: World, actor: Actor): Date {
  const id = idOf(pick, world, actor);
  const row = KINDS.flatMap((kind): { id: string; updatedAt: unknown }[] => [...world[kind]]).find(
    (each) => each.id === id,
  );
  return row?.updatedAt instanceof Date ? row.updatedAt : new Date("2020-01-01T00:00:00.000Z");
}

/** Ids are chosen without regard to one another: the store's own methods are not asked for the same one twice. */
function distinct(values: readonly unknown[]): unknown[] {
  return values.every((value) => typeof value === "string") ? [...new Set(values)] : [...values];
}

function at<T>(values: readonly T[], number: number): T {
  return values[number % values.length] as T;
}

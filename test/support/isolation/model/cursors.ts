import { badInput } from "./refusals.ts";

/** What a cursor stands for. */
export interface CursorMeaning {
  readonly connection: string;
  /** `createdAt:desc` */
  readonly order: string;
  /** The row's key in that order when the cursor was told. */
  readonly key: string;
  readonly id: string;
}

const TOKEN = "cursor of ";

/**
 * Cursors are opaque: what a text stands for is known from the page that it was told on. Each stands for one place, whoever
 * is told it, and each place has one text.
 */
export class Cursors {
  readonly #texts = new Map<string, string>();
  readonly #meanings = new Map<string, CursorMeaning>();

  /** All that were told to anybody, or those of a connection in an order. */
  told(of?: Pick<CursorMeaning, "connection" | "order">): string[] {
    return [...this.#meanings].flatMap(([text, { connection, order }]) =>
      of === undefined || (of.connection === connection && of.order === order) ? [text] : [],
    );
  }

  /** What the model says in the place of a cursor. */
  static token(meaning: CursorMeaning): string {
    return TOKEN + JSON.stringify(meaning);
  }

  static isToken(value: unknown): value is string {
    return typeof value === "string" && value.startsWith(TOKEN);
  }

  /** Whether a text may stand for a token, which it does from now on. */
  fits(token: string, text: unknown): boolean {
    if (typeof text !== "string") return false;
    const known = this.#texts.get(token);
    if (known !== undefined) return known === text;
    if (this.#meanings.has(text)) return false;
    this.#texts.set(token, text);
    this.#meanings.set(text, JSON.parse(token.slice(TOKEN.length)));
    return true;
  }

  /** What a text stands for in a connection. */
  read(
    field: string,
    text: string | null | undefined,
    connection: string,
    order: string,
  ): CursorMeaning | undefined {
    if (text === null || text === undefined) return undefined;
    const meaning = this.#meanings.get(text);
    if (meaning?.connection !== connection) throw badInput([field], "is not a cursor of this connection");
    if (meaning.order !== order) throw badInput([field], "is a cursor of another order");
    return meaning;
  }
}

import { ChildProgram } from "../child-program.ts";

/** One operation of one tenant, as the body that asks for it. */
export interface Question {
  readonly url: string;
  readonly tenant: string;
  readonly body: string;
}

/** Asks at a steady pace, whether the answers come or not. */
export interface Probe {
  readonly do: "probe";
  readonly question: Question;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Keeps so many connections busy, those of the questions in turn, until told to `rest`. */
export interface Press {
  readonly do: "press";
  readonly questions: readonly Question[];
  readonly connections: number;
}

export type Command = Probe | Press | { readonly do: "rest" };

/** What became of the questions. */
export interface Tally {
  /** Milliseconds from the moment at which each was due until its answer was there. */
  readonly samples: readonly number[];
  readonly answered: number;
  /** How many failed, by code. */
  readonly failed: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly bytes: number;
}

/** A process that asks, so that who measures and who presses do not wait for each other. */
export class ClientProcess extends ChildProgram<Command, Tally> {
  constructor() {
    super(new URL("client.program.ts", import.meta.url));
  }
}

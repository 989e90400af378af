import { ChildProgram } from "../child-program.ts";
import type { ContestantName, Subjects } from "./question.ts";
import type { WorkloadName } from "./workloads.ts";

/** What a client process is to ask. */
export interface Load {
  readonly contestant: ContestantName;
  readonly url: string;
  readonly workload: WorkloadName;
  readonly subjects: Subjects;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second of all connections together. Default: as many as are answered. */
  readonly rate?: number | undefined;
  /** The number of the first question, so that no write is repeated. */
  readonly from: number;
}

/** What became of it. */
export interface Asked {
  readonly perSecond: number;
  readonly answered: number;
  /** Not answered, or with errors. */
  readonly failed: number;
  /** An answer with errors, where there was one. */
  readonly firstFailure: string | null;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A process that asks, apart from the servers and from what measures them. */
export class LoadProcess extends ChildProgram<Load, Asked> {
  constructor() {
    super(new URL("load.program.ts", import.meta.url));
  }
}

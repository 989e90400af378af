/** How work in many small steps is watched and ended. */
export interface Steps {
  /** Called between steps; what it throws ends the work. */
  readonly check: () => void;
  /** Called after a step, with how many rows of a kind are done, of how many in all where that is known. */
  readonly tell: (kind: string, done: number, total?: number) => void;
}

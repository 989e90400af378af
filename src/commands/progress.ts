/** Says how far a step has come. */
export type Progress = (step: string, done: number, total?: number) => void;

/** No two lines of a step come in less, but for its first. */
const PAUSE_MS = 1000;

/** Progress for a person or a log: a line on standard error at most once a second, and at the end where it is known. */
export function tellProgress(): Progress {
  const toldAt = new Map<string, number>();
  return (step, done, total) => {
    const now = performance.now();
    if (done !== total && now - (toldAt.get(step) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return;
    toldAt.set(step, now);
    process.stderr.write(`${step}: ${done}${total === undefined ? "" : ` of ${total}`}\n`);
  };
}

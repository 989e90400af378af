import type { Reply } from "./target.ts";

/** How often requests came to what. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #startedAt = performance.now();
  #sent = 0;
  #executed = 0;
  #served = 0;

  add({ status, executed, codes }: Reply): void {
    this.#sent += 1;
    if (executed) this.#executed += 1;
    if (executed && codes.length === 0) this.#served += 1;
    const outcome = [status, executed ? "executed" : "refused", ...new Set(codes.toSorted())].join(" ");
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }

  /** The share of the requests that got as far as the resolvers. */
  get executed(): number {
    return this.#executed / this.#sent;
  }

  /** The share that was answered without any error. */
  get served(): number {
    return this.#served / this.#sent;
  }

  print(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const lines = [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `${String(count).padStart(8)}  ${outcome}`);
    const share = (of: number) => `${(100 * of).toFixed(1)} %`;
    const summary = `${this.#sent} requests in ${seconds.toFixed(1)} s, ${(this.#sent / seconds).toFixed(0)} a second`;
    return [
      `${summary}; executed ${share(this.executed)}, without error ${share(this.served)}`,
      ...lines,
    ].join("\n");
  }
}

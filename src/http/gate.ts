/** Lets work begin at once, or when it opens again. */
export class Gate {
  #opened: Promise<void> | undefined;

  pass(begin: () => void): void {
    if (this.#opened === undefined) begin();
    else void this.#opened.then(begin);
  }

  /** What comes while this work is done begins after it. */
  async whileShut(work: () => Promise<void>): Promise<void> {
    this.#opened = work();
    await this.#opened;
    this.#opened = undefined;
  }
}

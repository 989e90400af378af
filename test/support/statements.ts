import type { DatabaseObserver, DatabaseWork } from "../../src/db/observer.ts";

/** The statements that a storage sends, by the name in their comment. */
export class Statements implements DatabaseObserver {
  readonly sent: string[] = [];

  around<T>(work: DatabaseWork, run: () => Promise<T>): Promise<T> {
    if (work.kind === "statement") this.sent.push(work.sql);
    return run();
  }

  retrying(): void {}

  /** `["asset.findManyByIds", …]`, in the order they were sent. */
  get names(): string[] {
    return this.sent.map((sql) => /^\/\* ([\w.]+) \*\/ /.exec(sql)?.[1] ?? `no name: ${sql}`);
  }

  /** What is sent while `work` runs. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    const before = this.sent.length;
    await work();
    return this.names.slice(before);
  }
}

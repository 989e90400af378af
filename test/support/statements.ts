/** The statements that a storage sends, by the name in their comment. */
export class Statements {
  readonly sent: string[] = [];

  /** For the storage's options. */
  readonly onStatement = (sql: string): void => {
    this.sent.push(sql);
  };

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

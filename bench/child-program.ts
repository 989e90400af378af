import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A program in a process of its own, which is told one thing after the other, and tells what became of it. */
export class ChildProgram<Command extends object, Told> {
  readonly #child: ChildProcess;

  constructor(program: URL) {
    this.#child = fork(program, { execArgv: ["--import", "tsx"] });
  }

  async tell(command: Command): Promise<Told> {
    const told = once(this.#child, "message");
    this.#child.send(command);
    return (await told)[0] as Told;
  }

  stop(): void {
    this.#child.kill();
  }
}

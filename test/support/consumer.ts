import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageFolder } from "./built-package.ts";

const execute = promisify(execFile);

/** How a command ended, and all that it printed. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of somebody else's, who has installed the package. */
export class Consumer {
  readonly #folder: string;

  /** @param folder an empty one */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(packageFolder, join(folder, "node_modules", "servo-storage"));
    this.write("package.json", JSON.stringify({ name: "consumer", type: "module" }));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.#folder, name), "utf8");
  }

  /**
   * Compiles a TypeScript file as strictly as can be. Declarations of packages are believed (Drizzle's own do not hold).
   * @returns the compiler's complaints
   */
  async compile(name: string): Promise<string[]> {
    const compilerOptions = {
      target: "es2023",
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
    };
    this.write("tsconfig.json", JSON.stringify({ compilerOptions, files: [name] }));
    const compiler = join(packageFolder, "node_modules", ".bin", "tsc");
    const { stdout } = await this.#run(compiler, ["--project", "."]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  node(...args: string[]): Promise<Printed> {
    return this.#run(process.execPath, args);
  }

  async #run(command: string, args: readonly string[]): Promise<Printed> {
    try {
      return {
        code: 0,
        ...(await execute(command, args, { cwd: this.#folder, env: { PATH: process.env.PATH } })),
      };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && "stdout" in error && "stderr" in error)) throw error;
      return { code: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) };
    }
  }
}

/** A defect that somebody might make, and the test that must tell. */
export interface Mutant {
  /** kebab-case; for `--only`. */
  readonly name: string;
  readonly area: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Text that stands exactly once in the file. */
  readonly from: string;
  readonly to: string;
  readonly killer: Killer;
}

export interface Killer {
  /** From the root of the repository. */
  readonly file: string;
  /** Part of the full name of the test, or of several of which one must fail. */
  readonly test: string;
}

/** The mutants of one area. */
export function inArea(area: string, mutants: readonly Omit<Mutant, "area">[]): Mutant[] {
  return mutants.map((mutant) => ({ area, ...mutant }));
}

/** A file's text with the defect in it. Throws where the text to change does not stand there exactly once. */
export function mutate({ name, file, from, to }: Mutant, text: string): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined) throw new Error(`${name} no longer applies to ${file}`);
  if (more.length > 0) throw new Error(`${name} applies to ${file} ${more.length + 1} times`);
  return `${before}${to}${after}`;
}

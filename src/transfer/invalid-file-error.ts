import { ServoError } from "../errors.ts";

/** Longest part of a rule that is shown: a foreign file may hold any text. */
const RULE_CHARACTERS = 400;

/** The file is no export of a tenant that can be read. One line: `line 12: name must not be blank`. */
export class InvalidFileError extends ServoError {
  readonly code = "BAD_USER_INPUT";
  /** Counts from 1; 0 for the file as a whole. */
  readonly line: number;

  constructor(line: number, rule: string) {
    const text = rule.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").slice(0, RULE_CHARACTERS);
    super(line === 0 ? text : `line ${line}: ${text}`);
    this.line = line;
  }
}

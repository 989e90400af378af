/** What an older version that still serves cannot stand: it names what is gone, or leaves out what has become needed. */
const CONTRACTIONS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["drops a table", /\bDROP TABLE\b/i],
  ["drops a column", /\bDROP COLUMN\b/i],
  ["drops a default", /\bDROP DEFAULT\b/i],
  ["drops a policy", /\bDROP POLICY\b/i],
  ["renames", /\bRENAME\b/i],
  ["changes a type", /\bALTER COLUMN "?\w+"? (?:SET DATA )?TYPE\b/i],
  ["takes a right away", /\bREVOKE\b/i],
  ["adds a column that must be given", /\bADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL\b/i],
  [
    "makes a column that must be given",
    /\bALTER COLUMN "?(\w+)"? SET NOT NULL\b(?!.*\bALTER COLUMN "?\1"? SET DEFAULT\b)/i,
  ],
];

/** A migration that contracts says since which version nothing uses what it takes away. */
const CONFESSION = /^-- contracts: .*\d+\.\d+\.\d+/m;

/**
 * What a migration does that a version before it could not serve with.
 * @returns none where it says that it contracts
 */
export function contractionsIn(migration: string): string[] {
  if (CONFESSION.test(migration)) return [];
  const statements = migration.split("--> statement-breakpoint").map((statement) =>
    statement
      .replaceAll(/^\s*--.*$/gm, "")
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
  return statements.flatMap((statement) =>
    CONTRACTIONS.filter(([, pattern]) => pattern.test(statement)).map(([what]) => `${what}: ${statement}`),
  );
}

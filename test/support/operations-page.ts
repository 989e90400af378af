import { readFileSync } from "node:fs";

const [, ...sections] = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8").split(
  /^## /m,
);

/** The text below a heading of docs/operations.md, up to the next one of its level. */
export function operationsSection(heading: string): string {
  const section = sections.find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/operations.md has no heading "${heading}"`);
  return section;
}

/** The text below a heading within such a section. */
export function operationsSubsection(heading: string, within: string): string {
  const [, ...parts] = operationsSection(within).split(/^### /m);
  const part = parts.find((text) => text.startsWith(`${heading}\n`));
  if (part === undefined) throw new Error(`"${within}" has no heading "${heading}"`);
  return part;
}

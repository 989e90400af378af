import { readFileSync } from "node:fs";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The text below a heading of README.md, up to the next one of its level. */
export function sectionOf(heading: string): string {
  const [, section] = readme.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`README.md has no heading "${heading}"`);
  return section.split("\n## ")[0] ?? "";
}

/** The code of the only block of a language in a text. */
export function codeIn(text: string, language: string): string {
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, name]) => name === language);
  const [only, ...others] = blocks;
  if (only?.[2] === undefined || others.length > 0) {
    throw new Error(`there are ${blocks.length} blocks of ${language}, not one`);
  }
  return only[2];
}

/** The rows of the only table in a text, without its head; each a list of its cells. */
export function tableIn(text: string): string[][] {
  const [head, , ...rows] = text.split("\n").filter((line) => line.startsWith("|"));
  const cellsOf = (line: string) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
  const width = cellsOf(head ?? "").length;
  const cells = rows.map(cellsOf);
  const broken = cells.find((row) => row.length !== width);
  if (broken !== undefined) throw new Error(`a row is not as wide as the table: ${broken}`);
  return cells;
}

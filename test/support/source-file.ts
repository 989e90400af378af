import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A node of a syntax tree (ESTree with TypeScript's nodes), of which only what is asked for is known. */
export interface SyntaxNode {
  readonly type: string;
  readonly [property: string]: unknown;
}

/** An import, re-export, `import(…)`, or type from another module. */
export interface Import {
  readonly specifier: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** A source file of the program. */
export interface SourceFile {
  /** From the root of the repository, as in `src/main.ts`. */
  readonly path: string;
  /** All nodes, a parent before its children. */
  readonly nodes: readonly SyntaxNode[];
  /** The nodes that run when the file is imported: those outside functions, methods and types. */
  readonly nodesOnImport: readonly SyntaxNode[];
  readonly statements: readonly SyntaxNode[];
  readonly imports: readonly Import[];
}

/** All TypeScript files below a folder. */
export function readSourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => parseSourceFile(relative(root, file), readFileSync(file, "utf8")));
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const program: unknown = parseAst(text, { lang: "ts" });
  if (!isNode(program)) throw new Error(`${path}: not parsed`);
  const nodes = descend(program, () => true);
  return {
    path,
    nodes,
    nodesOnImport: descend(program, runsOnImport),
    statements: children(program),
    imports: nodes.flatMap(importsOf),
  };
}

/** The name of a variable or property, the text of a string; `undefined` for anything else. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  const found = value.name ?? value.value;
  return typeof found === "string" ? found : undefined;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function descend(node: SyntaxNode, into: (node: SyntaxNode) => boolean): SyntaxNode[] {
  return [node, ...children(node).flatMap((child) => (into(child) ? descend(child, into) : []))];
}

function runsOnImport({ type, static: isStatic }: SyntaxNode): boolean {
  if (type.startsWith("TS")) return type.endsWith("Expression");
  return type === "PropertyDefinition" ? isStatic === true : !/Function|^MethodDefinition$/.test(type);
}

function children(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flat().filter(isNode);
}

function importsOf(node: SyntaxNode): Import[] {
  const { type, source, importKind, exportKind } = node;
  if (!isNode(source)) return [];
  // `import { type A } from` is not one of types alone: under verbatimModuleSyntax it still runs the module.
  const typeOnly = type === "TSImportType" || importKind === "type" || exportKind === "type";
  const specifier = source.type === "Literal" ? nameOf(source) : undefined;
  return [{ specifier: specifier ?? "(computed)", typeOnly }];
}

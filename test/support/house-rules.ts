import { LAYERS, layerOf } from "./layers.ts";
import { isNode, nameOf, type SourceFile, type SyntaxNode } from "./source-file.ts";

const ENVIRONMENT_READER = "src/config.ts";
const TENANT_SETTING_FILES = ["src/db/tenant-connection.ts", "src/db/columns.ts"];
/** What resolvers may use of their context. */
const CONTEXT_MEMBERS = ["loaders", "repositories", "mutate", "request"];
/** Reads that resolvers do through loaders. */
const READS_BY_ID = ["findById", "findManyByIds"];
/** The functions of Node that only compute, so that they may be called on import. */
const PURE = ["createRequire", "dirname", "fileURLToPath", "join", "promisify", "resolve"];
const DECLARATION = /^(Import|Export|Function|Class|Variable|TS)/;

/** What a file does that it may not do in its place, a line each. Who may import whom is in `layers.ts`. */
export function findMisplacedCode(file: SourceFile): string[] {
  const { path, nodes, statements } = file;
  const layer = layerOf(path) ?? "";
  const found: string[] = [];
  if (path !== ENVIRONMENT_READER && nodes.some(readsEnvironment)) found.push("reads the environment");
  if (!TENANT_SETTING_FILES.includes(path) && nodes.some(namesTenantSetting))
    found.push("names the tenant setting");
  if (!LAYERS.get(layer)?.sideEffects && actsOnImport(file)) found.push("does something on import");
  if (layer === "index" && !statements.every(isReExport)) found.push("does more than re-export");
  if (layer === "schema") found.push(...nodes.flatMap(resolverMisuse));
  if (/\/(common|helpers?|misc|utils?)\.ts$/.test(path)) found.push("has a name that tells nothing");
  return found.map((what) => `${path} ${what}`);
}

function readsEnvironment({ type, object, property, id, init, source }: SyntaxNode): boolean {
  if (nameOf(source) === "node:process") return true;
  if (type === "MemberExpression") return nameOf(object) === "process" && nameOf(property) === "env";
  const isTakenApart = type === "VariableDeclarator" && isNode(id) && id.type === "ObjectPattern";
  return isTakenApart && nameOf(init) === "process";
}

/** In a string or a template; a comment may name it. */
function namesTenantSetting({ type, value }: SyntaxNode): boolean {
  if (type !== "Literal" && type !== "TemplateElement") return false;
  return JSON.stringify(value ?? null).includes("app.current_tenant");
}

function actsOnImport({ statements, nodesOnImport, nodes }: SourceFile): boolean {
  const fromNode = new Set(nodes.flatMap(namesFromNode));
  const acts = ({ type, callee }: SyntaxNode): boolean => {
    if (/^(Await|Assignment|Update)Expression$/.test(type)) return true;
    const called = /^(Call|New)Expression$/.test(type) ? rootOf(callee) : undefined;
    if (called === undefined || PURE.includes(called)) return false;
    return called === "process" || fromNode.has(called);
  };
  const isBareImport = ({ type, specifiers }: SyntaxNode): boolean =>
    type === "ImportDeclaration" && Array.isArray(specifiers) && specifiers.length === 0;
  return (
    statements.some((node) => !DECLARATION.test(node.type) || isBareImport(node)) || nodesOnImport.some(acts)
  );
}

/** The local names of what is imported from Node's own modules. */
function namesFromNode({ type, source, specifiers }: SyntaxNode): string[] {
  if (type !== "ImportDeclaration" || !nameOf(source)?.startsWith("node:")) return [];
  return [specifiers].flat().flatMap((node) => (isNode(node) ? (nameOf(node.local) ?? []) : []));
}

/** `a` of `a`, `a.b` and `a.b.c`. */
function rootOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  return node.type === "MemberExpression" ? rootOf(node.object) : nameOf(node);
}

function isReExport({ type, source }: SyntaxNode): boolean {
  return type === "ExportNamedDeclaration" && isNode(source);
}

function resolverMisuse({ type, object, property }: SyntaxNode): string[] {
  if (type !== "MemberExpression") return [];
  const name = nameOf(property) ?? "(computed)";
  if (nameOf(object) === "context" && !CONTEXT_MEMBERS.includes(name))
    return [`uses context.${name} in a resolver`];
  return READS_BY_ID.includes(name) ? [`calls ${name} in a resolver, not a loader`] : [];
}

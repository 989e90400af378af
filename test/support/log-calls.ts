import { isNode, nameOf, type SourceFile, type SyntaxNode } from "./source-file.ts";

/** What the program can log: a call of a logger in its source, or one of those that a condition chooses from. */
export interface LogEvent {
  readonly level: string;
  /** With `…` for what is put in. */
  readonly message: string;
  /** Those that the call gives itself, in alphabetical order. */
  readonly fields: readonly string[];
}

const LEVELS = ["error", "warn", "info", "debug"];

/** Fields that are given as a whole, by the name of what holds them. */
const HELD: Readonly<Record<string, readonly string[]>> = { logFields: ["tenant_id"] };

/** The events that a file logs. What passes on another's line, whose message it does not know, is none. */
export function logEventsIn({ nodes }: SourceFile): LogEvent[] {
  return nodes.filter(isLogCall).flatMap((call) => {
    const [fields, message] = call.arguments as SyntaxNode[];
    const { property, computed } = call.callee as SyntaxNode;
    const levels = computed === true ? textsOf(nodes, property, call) : [nameOf(property) ?? ""];
    const messages = textsOf(nodes, message, call);
    const names = [...new Set(fieldsOf(nodes, fields, call))].sort();
    return levels.flatMap((level) => messages.map((text) => ({ level, message: text, fields: names })));
  });
}

function isLogCall({ type, callee, arguments: given }: SyntaxNode): boolean {
  if (type !== "CallExpression" || !isNode(callee) || callee.type !== "MemberExpression") return false;
  if (!Array.isArray(given) || given.length < 2) return false;
  const { object, property, computed } = callee;
  if (computed !== true) return LEVELS.includes(nameOf(property) ?? "");
  return /logger$/i.test(lastNameOf(object) ?? "");
}

/** `logger` of `this.#options.logger`. */
function lastNameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  return node.type === "MemberExpression" ? nameOf(node.property) : nameOf(node);
}

/** The texts that an expression may be; none where that is told elsewhere. */
function textsOf(nodes: readonly SyntaxNode[], node: unknown, before: SyntaxNode): string[] {
  if (!isNode(node)) return [];
  if (node.type === "Literal") return [nameOf(node) ?? ""];
  if (node.type === "TemplateLiteral") return [cookedOf(node)];
  if (node.type === "ConditionalExpression")
    return [node.consequent, node.alternate].flatMap((branch) => textsOf(nodes, branch, before));
  return textsOf(nodes, declaredValue(nodes, node, before), before);
}

function cookedOf({ quasis }: SyntaxNode): string {
  const parts = (quasis as { readonly value: { readonly cooked: string } }[]).map(
    ({ value }) => value.cooked,
  );
  return parts.join("…");
}

function fieldsOf(nodes: readonly SyntaxNode[], node: unknown, before: SyntaxNode): readonly string[] {
  if (!isNode(node)) return [];
  const held = HELD[lastNameOf(node) ?? ""];
  if (held !== undefined) return held;
  if (node.type === "ObjectExpression") {
    return (node.properties as SyntaxNode[]).flatMap(({ type, key, argument }) =>
      type === "SpreadElement" ? fieldsOf(nodes, argument, before) : [nameOf(key) ?? "(computed)"],
    );
  }
  const value = declaredValue(nodes, node, before);
  return value === undefined ? ["(unknown)"] : fieldsOf(nodes, value, before);
}

/** What a variable was last declared as before a node. */
function declaredValue(nodes: readonly SyntaxNode[], node: SyntaxNode, before: SyntaxNode): unknown {
  if (node.type !== "Identifier") return undefined;
  const declared = nodes.filter(
    ({ type, id, start }) =>
      type === "VariableDeclarator" &&
      isNode(id) &&
      id.type === "Identifier" &&
      nameOf(id) === nameOf(node) &&
      Number(start) < Number(before.start),
  );
  return declared.at(-1)?.init;
}

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  Lexer,
  type ParseOptions,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
} from "graphql";
import { type Limits, limitExceeded } from "../limits.ts";

type DocumentLimits = Pick<Limits, "maxTokens" | "maxDepth" | "maxAliases" | "maxDirectives">;

/**
 * Parses a document that is within the limits. What is nested too deep is refused before the parser, which recurses, can
 * exhaust the stack.
 * @throws LimitExceededError, or GraphQL's error for wrong syntax
 */
export function parseWithin(
  limits: DocumentLimits,
  text: string | Source,
  options?: ParseOptions,
): DocumentNode {
  const source = typeof text === "string" ? new Source(text) : text;
  checkTokens(source, limits);
  const document = parse(source, options);
  checkFragments(document, limits.maxDepth);
  return document;
}

const STEPS: Readonly<Partial<Record<TokenKind, number>>> = {
  [TokenKind.PAREN_L]: 1,
  [TokenKind.PAREN_R]: -1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACE_R]: -1,
};

const COUNTED = [
  ["maxTokens", "tokens"],
  ["maxAliases", "aliases"],
  ["maxDirectives", "directives"],
] as const;

/** One pass over the text. It stops at the first limit, and at wrong syntax, which is the parser's to tell. */
function checkTokens(source: Source, limits: DocumentLimits): void {
  const found = { maxTokens: 0, maxAliases: 0, maxDirectives: 0 };
  let depth = 0;
  let parentheses = 0;
  for (const kind of tokenKinds(source)) {
    const step = STEPS[kind] ?? 0;
    depth += step;
    if (kind === TokenKind.PAREN_L || kind === TokenKind.PAREN_R) parentheses += step;
    found.maxTokens += 1;
    if (kind === TokenKind.AT) found.maxDirectives += 1;
    // Within parentheses it stands after the name of an argument, a variable or a field of an input.
    if (kind === TokenKind.COLON && parentheses === 0) found.maxAliases += 1;
    if (depth > limits.maxDepth) throw tooDeep(limits.maxDepth);
    for (const [limit, what] of COUNTED) {
      if (found[limit] > limits[limit])
        throw limitExceeded(`The document has more than ${limits[limit]} ${what}`, limit);
    }
  }
}

function* tokenKinds(source: Source): Generator<TokenKind> {
  const lexer = new Lexer(source);
  try {
    while (lexer.advance().kind !== TokenKind.EOF) yield lexer.token.kind;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
  }
}

/** Counts fragments where they are spread, each once: what they hold may stand in many places, or in themselves. */
function checkFragments({ definitions }: DocumentNode, maxDepth: number): void {
  const fragments = new Map(
    definitions
      .filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  const heights = new Map<FragmentDefinitionNode, number>();

  /** How many levels there are from here on. `level`: how far this is from where it was begun, which bounds the recursion. */
  function heightOf(set: SelectionSetNode | undefined, level: number): number {
    if (set === undefined) return 0;
    if (level > maxDepth) throw tooDeep(maxDepth);
    return (
      1 + set.selections.reduce((most, selection) => Math.max(most, heightBelow(selection, level + 1)), 0)
    );
  }

  function heightBelow(selection: SelectionNode, level: number): number {
    if (selection.kind !== Kind.FRAGMENT_SPREAD) return heightOf(selection.selectionSet, level);
    const fragment = fragments.get(selection.name.value);
    if (fragment === undefined) return 0;
    const known = heights.get(fragment);
    if (known !== undefined) {
      if (level + known - 1 > maxDepth) throw tooDeep(maxDepth);
      return known;
    }
    // A fragment that spreads itself is refused by validation; until then it ends here.
    heights.set(fragment, 0);
    const height = heightOf(fragment.selectionSet, level);
    heights.set(fragment, height);
    return height;
  }

  for (const definition of definitions)
    if ("selectionSet" in definition) heightOf(definition.selectionSet, 1);
}

function tooDeep(maxDepth: number) {
  return limitExceeded(`The document is nested more than ${maxDepth} levels deep`, "maxDepth");
}

import { schema } from "../../../src/modules/schema.ts";
import type { DocumentWriter } from "./document-writer.ts";

const TOKEN = /"""[\s\S]*?"""|"(?:\\.|[^"\\])*"|\.\.\.|[_A-Za-z]\w*|-?\d[\d.eE+-]*|\S/g;

const ODD_NAMES = "nope __proto__ constructor toString __typename __schema on null true _".split(" ");

const ODD_LITERALS = [
  ...'$nope null true DATA NOPE [] {} [[[[1]]]] {a:{a:1}} -1 0 2147483648 -1e999 1e-999 1.5 "" "x"'.split(
    " ",
  ),
  ...["9".repeat(400), '"""\n  block "x" \\""" \n"""', '"\\u0000"', '"\\u{1F600}"'],
];

/** What stands in a document where it does not belong. */
const INTRUDERS = [
  ...'été 名 { } {} ,,, () asset mutation $ 0.1.2 00 0x1 " """ "\\uD800" "\\x" \'one\' & | ! ?'.split(" "),
  ...["\u0000", "\ufeff", "\u202e", "😀", "\ud800"],
  // selections, with fragments
  ...[
    "{ id }",
    "a: id",
    "a: a: id",
    "id(nope: 1)",
    "assets { nodes }",
    "name { id }",
    "(id: 1, id: 2)",
    "... { id }",
  ],
  ...["...Loop", "...Unknown", "...on Int { id }", "...on Query { __typename }", "...on AssetFilter { id }"],
  '__type(name: "Query") { fields { type { fields { type { name } } } } }',
  // directives, misplaced and repeated
  ...[
    "@skip(if: true)",
    "@skip",
    "@include(if: $nope)",
    "@skip(if: 1) @skip(if: true)",
    "@deprecated",
    "@oneOf",
  ],
  ...['@specifiedBy(url: "x")', "@nope(a: 1)", "@defer", "@stream(initialCount: 1)"],
  // definitions and their parts
  ...["$v: Int", "($v: [[Int!]!]! = 1)", "($v: Asset)", ": Float", "= {}", "query Asked { __typename }"],
  ...["subscription { assets { totalCount } }", "type Query { id: ID }", "extend type Query { x: Int }"],
  ...[
    "schema { query: Asset }",
    "fragment Lonely on Asset { id }",
    "fragment on on Asset { id }",
    "# nothing more",
  ],
  "fragment Loop on Asset { ...Loop2 } fragment Loop2 on Asset { ...Loop }",
];

const SCHEMA_NAMES = Object.values(schema.getTypeMap()).flatMap((type) => [
  type.name,
  ...("getFields" in type ? Object.keys(type.getFields()) : []),
]);
const NAME = /^[_A-Za-z]/;
const LITERAL = /^["\d-]/;

/** A document with something that was written for another place, so that it still parses, mostly. */
export function spoilMeaning(text: string, writer: DocumentWriter): string {
  const words = wordsOf(text);
  for (let left = 1 + writer.below(2); left > 0; left -= 1) {
    const isWanted = writer.chance(30)
      ? (word: string) => LITERAL.test(word)
      : (word: string) => NAME.test(word);
    const places = [...words.keys()].filter((index) => isWanted(words[index] ?? ""));
    if (places.length === 0) continue;
    const at = writer.oneOf(places);
    words[at] = NAME.test(words[at] ?? "")
      ? writer.oneOf([...words.filter((word) => NAME.test(word)), ...ODD_NAMES, writer.oneOf(SCHEMA_NAMES)])
      : writer.oneOf(ODD_LITERALS);
  }
  return words.join(" ");
}

/** A document of whose words some are lost, repeated, exchanged, or joined by what does not belong there. */
export function spoilWords(text: string, writer: DocumentWriter): string {
  let words = wordsOf(text);
  for (let left = 1 + writer.below(2); left > 0; left -= 1) {
    const at = writer.below(words.length + 1);
    const run = words.slice(at, at + 1 + writer.below(6));
    const [before, after] = [words.slice(0, at), words.slice(at + run.length)];
    const intruder = writer.oneOf([...ODD_NAMES, ...ODD_LITERALS, ...INTRUDERS]);
    words = writer.oneOf([
      () => [...before, intruder, ...run, ...after],
      () => [...before, ...after],
      () => [...before, ...run, ...run, ...after],
      () => [...before, intruder, ...run.slice(1), ...after],
      () => [...before, ...run.toReversed(), ...after],
      () => [...words, intruder],
    ])();
  }
  return words.join(" ");
}

const wordsOf = (text: string): string[] => text.match(TOKEN) ?? [];

const ALPHABET = [..."{}()[]:!$@=|&.,\"'\\#_ a0-\n\r\t\u0000\u0007\u007f\u00a0\u2028\ufeff\ufffd\ud800é😀"];

/** A document of whose characters some are lost, doubled, changed or added, or that ends too soon. */
export function spoilCharacters(text: string, writer: DocumentWriter): string {
  let spoilt = text;
  for (let left = 1 + writer.below(5); left > 0; left -= 1) {
    const at = writer.below(spoilt.length + 1);
    const [before, after] = [spoilt.slice(0, at), spoilt.slice(at)];
    spoilt = writer.oneOf([
      () => before + writer.oneOf(ALPHABET) + after,
      () => before + after.slice(1),
      () => before + writer.oneOf(ALPHABET) + after.slice(1),
      () => before + after.slice(0, 20) + after,
      () => before,
      () => spoilt + before,
    ])();
  }
  return spoilt;
}

/** The same document in other clothes: all of them mean nothing. */
export function disguise(text: string, writer: DocumentWriter): string {
  return writer.oneOf([
    () => `\ufeff${text}`,
    () => `# 😀 \u202e ${"x".repeat(writer.below(200))}\r\n${text}`,
    () => text.replaceAll(" ", " ,\t"),
    () => text.replaceAll("\n", "\r\n#{\n"),
    () => text + "\n".repeat(writer.below(1000)),
  ])();
}

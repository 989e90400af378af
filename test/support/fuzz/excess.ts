import type { DocumentWriter } from "./document-writer.ts";

const nested = (open: string, middle: string, close: string, depth: number) =>
  open.repeat(depth) + middle + close.repeat(depth);
const many = (count: number, write: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => write(index)).join(" ");

const ASSET = 'asset(id: "00000000-0000-7000-8000-000000000000")';

/** Documents that are deep, long or wide, by their size. */
const SHAPES: readonly ((size: number) => string)[] = [
  // depth
  (size) => `{ ${nested("a { ", "a", " }", size)} }`,
  (size) => `{ ${ASSET} { ${nested("lineage { root { ", "id", " } }", size)} } }`,
  (size) => nested("{ ... ", "{ __typename }", " }", size),
  (size) => `{ lineages(assetIds: ${nested("[", "", "]", size)}) { nodeCount } }`,
  (size) => `{ lineages(assetIds: ${"[".repeat(size)}`,
  (size) => `{ assets(filter: ${nested("{ a: ", "1", " }", size)}) { totalCount } }`,
  (size) =>
    `mutation { createAsset(input: { name: "deep", assetType: "t", properties: ${nested("{ a: ", "1", " }", size)} }) { asset { id } } }`,
  (size) => `query ($v: ${nested("[", "Int", "]", size)}) { __typename }`,
  (size) => `query ($v: Int = ${nested("[", "1", "]", size)}) { __typename }`,
  (size) => `{ __schema { types { ${nested("fields { type { ", "name", " } }", size)} } } }`,
  (size) =>
    `{ ...F0 } ${many(size, (index) => `fragment F${index} on Query { ...F${index + 1} }`)} fragment F${size} on Query { __typename }`,
  // width
  (size) => `{ ${many(size, (index) => `a${index}: ${ASSET} { id }`)} }`,
  (size) => `{ ${"__typename ".repeat(size)} }`,
  (size) => `{ ${many(size, (index) => `a${index}: nope`)} }`,
  (size) => `{ __typename ${"@skip(if: false) ".repeat(size)} }`,
  (size) => `{ __typename ${many(size, (index) => `@d${index}`)} }`,
  (size) => `{ asset(${many(size, (index) => `a${index}: 1`)}) { id } }`,
  (size) => `query (${many(size, (index) => `$v${index}: Int`)}) { __typename }`,
  (size) => many(size, (index) => `query Q${index} { __typename }`),
  (size) => `{ ${"...F ".repeat(size)} } fragment F on Query { __typename }`,
  (size) => `{ ${"... { __typename } ".repeat(size)} }`,
  // length
  (size) => `{ assetByName(name: "${"x".repeat(size)}") { id } }`,
  (size) => `{ ${"x".repeat(size)} }`,
  (size) => `{ assets(first: ${"9".repeat(size)}) { totalCount } }`,
  (size) => `# ${"x".repeat(size)}\n{ __typename }${"\n,".repeat(size)}`,
];

/** A document beyond all measure: of up to 20,000 parts or levels. */
export function writeExcess(writer: DocumentWriter): string {
  const size = Math.ceil(10 ** (writer.below(430) / 100));
  return writer.oneOf(SHAPES)(size);
}

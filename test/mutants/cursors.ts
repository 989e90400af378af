import { inArea, type Mutant } from "./mutant.ts";

const KEYSET = "src/db/keyset.ts";
const CONNECTIONS = "test/graphql/connections.test.ts";
const REFUSED = "test/graphql/bad-arguments.test.ts";

export const CURSOR_MUTANTS: readonly Mutant[] = inArea("cursors", [
  {
    name: "order-not-checked",
    file: KEYSET,
    from: 'if (writtenOrder !== order) throw new BadUserInputError([field], "is a cursor of another order");',
    to: "",
    killer: { file: REFUSED, test: "a cursor is refused of another order or of another connection" },
  },
  {
    name: "connection-not-checked",
    file: KEYSET,
    from: 'if (of !== connection) throw new BadUserInputError([field], "is not a cursor of this connection");',
    to: "",
    killer: { file: REFUSED, test: "a cursor is refused of another order or of another connection" },
  },
  {
    name: "key-not-checked",
    file: KEYSET,
    from: "if (!valid) throw",
    to: "if (value === undefined) throw",
    killer: { file: REFUSED, test: "a cursor is refused with a NUL in a name" },
  },
  {
    name: "page-without-the-id",
    file: KEYSET,
    from: "sql`(${ordering.key}, ${id}) ${sql.raw(operator)}\n      (${sql.placeholder(`${end}Key`)}::${sql.raw(ordering.type)}, ${sql.placeholder(`${end}Id`)}::uuid)`",
    to: "sql`${ordering.key} ${sql.raw(operator)} ${sql.placeholder(`${end}Key`)}::${sql.raw(ordering.type)} OR ${id} IS NULL`",
    killer: { file: "test/graphql/nested-connections.test.ts", test: "come once and newest first" },
  },
  {
    name: "page-of-another-order",
    file: KEYSET,
    from: "JSON.stringify([label, size, backwards, isBounded])",
    to: "JSON.stringify([label.connection, size, backwards, isBounded])",
    killer: { file: CONNECTIONS, test: "in pages of 10 comes once and in order" },
  },
  {
    name: "cursor-carries-the-tenant",
    file: KEYSET,
    from: "=> writeCursor(label, ordering.valueOf(row), row.id);",
    to: '=> `${writeCursor(label, ordering.valueOf(row), row.id)}==${Reflect.get(row, "tenantId")}`;',
    killer: {
      file: "test/isolation/cursors.test.ts",
      test: "tells its connection, order and place, and nothing else",
    },
  },
]);

import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";

/** The schema as `schema.graphql` holds it: sorted, so that a change shows as what it is. */
export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

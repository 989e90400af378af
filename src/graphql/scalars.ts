import { GraphQLError, GraphQLScalarType } from "graphql";
import { DateTimeResolver, JSONObjectResolver } from "graphql-scalars";
import { writeMoment } from "../write-moment.ts";
import { builder } from "./builder.ts";

const isText = (value: unknown) => typeof value === "string";
const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

builder.addScalarType("DateTime", taking(isText, "text", DateTimeResolver), {
  description: "A moment in UTC with milliseconds, as RFC 3339 writes it: 2026-01-31T09:00:00.000Z.",
});

builder.addScalarType("JSONObject", taking(isObject, "object", JSONObjectResolver), {
  description: "A JSON object of the user's own, at most 64 KiB.",
});

/**
 * A scalar that refuses what a variable can hold and it cannot. graphql-scalars writes such a value whole into its message,
 * and fails itself where that nests too deep or has a `toString` of its own.
 */
function taking(
  isTaken: (value: unknown) => boolean,
  what: string,
  scalar: GraphQLScalarType,
): GraphQLScalarType {
  const { parseValue, serialize, ...config } = scalar.toConfig();
  return new GraphQLScalarType({
    ...config,
    parseValue(value) {
      if (!isTaken(value))
        throw new GraphQLError(`${config.name} cannot represent a value that is no ${what}.`);
      return parseValue(value);
    },
    serialize(value) {
      const serialized = serialize(value);
      // As JSON would write it, but found sooner.
      return serialized instanceof Date ? writeMoment(serialized) : serialized;
    },
  });
}

/** The direction of an order. */
export const OrderDirection = builder.enumType("OrderDirection", {
  description: "The direction of an order.",
  values: {
    ASC: { value: "asc", description: "Smallest, oldest or first in the alphabet comes first." },
    DESC: { value: "desc", description: "Largest, newest or last in the alphabet comes first." },
  } as const,
});

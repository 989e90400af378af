import { DateTimeResolver, JSONObjectResolver } from "graphql-scalars";
import { builder } from "./builder.ts";

builder.addScalarType("DateTime", DateTimeResolver, {
  description: "A moment in UTC with milliseconds, as RFC 3339 writes it: 2026-01-31T09:00:00.000Z.",
});

builder.addScalarType("JSONObject", JSONObjectResolver, {
  description: "A JSON object of the user's own, at most 64 KiB.",
});

/** The direction of an order. */
export const OrderDirection = builder.enumType("OrderDirection", {
  description: "The direction of an order.",
  values: {
    ASC: { value: "asc", description: "Smallest, oldest or first in the alphabet comes first." },
    DESC: { value: "desc", description: "Largest, newest or last in the alphabet comes first." },
  } as const,
});

import { builder } from "./builder.ts";

export const NameFilter = builder.inputType("NameFilter", {
  description: "Conditions on a name; all that are given must hold.",
  fields: (t) => ({
    exact: t.string({ description: "The whole name, as it is written." }),
    prefix: t.string({ description: "The begin of the name, in upper or lower case." }),
    contains: t.string({ description: "A part of the name, in upper or lower case." }),
  }),
});

export const TagFilter = builder.inputType("TagFilter", {
  description: "Conditions on tags; all that are given must hold.",
  fields: (t) => ({
    any: t.stringList({ description: "At least one of these." }),
    all: t.stringList({ description: "Every one of these." }),
  }),
});

export const DateTimeRange = builder.inputType("DateTimeRange", {
  description: "A span of time.",
  fields: (t) => ({
    from: t.field({ type: "DateTime", description: "Begin, included; open when it is left out." }),
    to: t.field({ type: "DateTime", description: "End, excluded; open when it is left out." }),
  }),
});

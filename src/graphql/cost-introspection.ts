import { __Directive, __Field, __Schema, __Type, type GraphQLField, TypeMetaFieldDef } from "graphql";
import type { FieldCost } from "./cost-declaration.ts";

type Field = GraphQLField<unknown, unknown>;

const ofLength = (assumedSize: number): FieldCost => ({ listSizes: [{ assumedSize }] });
/** Types have fewer fields than this on average; one that is asked for by itself may have the most of all. */
const FIELDS = 10;
const ONE_TYPE: FieldCost = { listSizes: [{ assumedSize: 20, sizedFields: ["fields"] }] };

const { types, queryType, mutationType } = __Schema.getFields();
const { fields, enumValues, inputFields, interfaces, possibleTypes } = __Type.getFields();

/** What the introspection costs, which cannot declare it: its lists are as long as those of this schema, or longer. */
export const INTROSPECTION_COSTS: ReadonlyMap<Field | undefined, FieldCost> = new Map([
  [TypeMetaFieldDef, ONE_TYPE],
  [queryType, ONE_TYPE],
  [mutationType, ONE_TYPE],
  [types, ofLength(120)],
  [fields, ofLength(FIELDS)],
  [__Field.getFields().args, ofLength(5)],
  [__Directive.getFields().locations, ofLength(20)],
  [enumValues, ofLength(20)],
  [inputFields, ofLength(10)],
  [interfaces, ofLength(1)],
  [possibleTypes, ofLength(3)],
]);

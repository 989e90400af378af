/**
 * What a field's answer and the work behind it are counted as, in the words of IBM's GraphQL cost specification
 * (`@cost`, `@listSize`). One unit is about what one value in an answer takes: 2 to 3 µs.
 */
export interface FieldCost {
  /** `@cost(weight:)`, for each value of the field. Default 1, for a mutation 10. */
  readonly weight?: number;
  /** The argument that the weight is for each item or unit of. */
  readonly weightPer?: string;
  /** `@listSize`: how many values the field has, or those fields of its object that are named. */
  readonly listSizes?: readonly ListSize[];
}

export interface ListSize {
  /** How many, where no argument says so. */
  readonly assumedSize?: number;
  /** Arguments that say how many: by their number, or by how many items they have. `input.assets` stands in an input. */
  readonly slicingArguments?: readonly string[];
  /** The fields of the object that are so long. Default: the field itself. */
  readonly sizedFields?: readonly string[];
}

/** A field's `extensions` that say what it costs. */
export function cost(declared: FieldCost): { readonly cost: FieldCost } {
  return { cost: declared };
}

/** A JSON object of up to 64 KiB: 0.2 to 2 ms are needed to read and write it. */
export const JSON_COST = cost({ weight: 500 });

/** A text of up to 10,000 characters. */
export const LONG_TEXT_COST = cost({ weight: 40 });

/** A list that is taken to have so many items. */
export function assumedSize(size: number): { readonly cost: FieldCost } {
  return cost({ listSizes: [{ assumedSize: size }] });
}

/**
 * A mutation that writes a row for each item of an argument.
 * @param sizedField the list of its payload that holds these rows
 */
export function writesEach(argument: string, sizedField?: string): { readonly cost: FieldCost } {
  const listSizes =
    sizedField === undefined ? [] : [{ slicingArguments: [argument], sizedFields: [sizedField] }];
  return cost({ weight: 10, weightPer: argument, listSizes });
}

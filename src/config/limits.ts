import type { z } from "zod";
import { number } from "./values.ts";

/** How much one request may ask for. */
export const limitVariables = {
  MAX_BODY_BYTES: number(1024, 1_073_741_824, "(bytes)").default(1_048_576),
};

type Given = z.output<z.ZodObject<typeof limitVariables>>;

export function limitConfig(given: Given) {
  return {
    maxBodyBytes: given.MAX_BODY_BYTES,
  };
}

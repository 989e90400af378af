import { ManifestError } from "../../src/importers/dbt/manifest-error.ts";

/** The message with which a manifest is refused. Fails if it is not refused, or in another way. */
export function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ManifestError && error.code === "BAD_USER_INPUT") return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

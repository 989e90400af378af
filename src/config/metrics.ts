import type { z } from "zod";
import { number, text } from "./values.ts";

/** Where measurements are served. */
export const metricsVariables = {
  METRICS_PORT: number(0, 65_535).optional(),
  METRICS_HOST: text.default("127.0.0.1"),
};

type Given = z.output<z.ZodObject<typeof metricsVariables>>;

export function metricsConfig({ METRICS_PORT: port, METRICS_HOST: host }: Given) {
  return {
    /** Undefined where nothing is measured. */
    metrics: port === undefined ? undefined : { port, host },
  };
}

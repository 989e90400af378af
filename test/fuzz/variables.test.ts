import { describeFuzz } from "../support/fuzz/suite.ts";
import { variableRequests } from "../support/fuzz/variables.ts";

describeFuzz("variables", variableRequests, {
  ...{ count: 300, long: 5000, executed: 0.4 },
  // Of many, one in eight is served; of 300, now and then one in ten.
  served: process.env.FUZZ === "long" ? 0.1 : 0.05,
});

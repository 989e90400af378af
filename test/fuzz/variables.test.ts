import { describeFuzz } from "../support/fuzz/suite.ts";
import { variableRequests } from "../support/fuzz/variables.ts";

// Of 5,000, one in eight is served: of 300, now and then one in ten.
describeFuzz("variables", variableRequests, { count: 300, long: 5000, executed: 0.4, served: 0.05 });

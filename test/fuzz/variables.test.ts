import { describeFuzz } from "../support/fuzz/suite.ts";
import { variableRequests } from "../support/fuzz/variables.ts";

describeFuzz("variables", variableRequests, { count: 300, long: 5000, executed: 0.4, served: 0.1 });

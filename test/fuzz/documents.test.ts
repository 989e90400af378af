import { documentRequests } from "../support/fuzz/documents.ts";
import { describeFuzz } from "../support/fuzz/suite.ts";

describeFuzz("documents", documentRequests, { count: 300, long: 20_000, executed: 0.5, served: 0.35 });

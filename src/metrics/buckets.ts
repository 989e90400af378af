/** Bounds for durations: from what a look-up by id takes to the longest that a request may wait. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Bounds for the sizes of answers about lineage: up to the most nodes that are told, and the most that are counted. */
export const NODES = [1, 10, 50, 100, 500, 1000, 5000, 10_000, 100_000, 1_000_000];

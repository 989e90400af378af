/**
 * How many random cases a model is compared with: all of them at length (`npm run test:models`), and half in `npm test`,
 * which has new ones every time.
 */
export const modelRuns = (all: number): number => (process.env.MODELS === "long" ? all : Math.ceil(all / 2));

/** How many values an answer has, lists themselves apart. */
export function valuesIn(answer: unknown): number {
  if (Array.isArray(answer)) return answer.reduce((sum: number, item) => sum + 1 + valuesIn(item), 0);
  if (typeof answer !== "object" || answer === null) return 0;
  return Object.values(answer).reduce(
    (sum: number, value) => sum + (Array.isArray(value) ? 0 : 1) + valuesIn(value),
    0,
  );
}

import type { Catalogue } from "../catalogue/build.ts";
import { inStatement } from "../contenders.ts";
import { type Effort, type Figures, figuresOf, measureSideBySide } from "../measure.ts";
import { Session } from "../session.ts";
import { ours } from "../statements.ts";
import { answersOf, gadgetShape } from "./walks.ts";

/** One answer in every catalogue; the smallest is what the others are compared with. */
export interface SameAnswer {
  readonly shape: string;
  readonly catalogues: readonly Figures[];
}

/** Whether the same answer costs the same in a larger catalogue: measured side by side in all of them. */
export async function measureSameAnswers(
  catalogues: readonly Catalogue[],
  effort: Effort,
): Promise<SameAnswer[]> {
  const sessions = catalogues.map(({ applicationUrl }) => new Session(applicationUrl));
  try {
    const answers: SameAnswer[] = [];
    for (const gadget of catalogues.slice(0, 1).flatMap(answersOf)) {
      const statement = ours(gadgetShape(gadget), "ids");
      const contenders = sessions.map((session, index) =>
        inStatement(catalogues[index]?.label ?? "", session, statement),
      );
      answers.push({
        shape: gadget.name,
        catalogues: figuresOf(await measureSideBySide(contenders, effort)),
      });
    }
    return answers;
  } finally {
    for (const session of sessions) await session.close();
  }
}

import { expect } from "vitest";
import type { Report } from "./fault.ts";
import { type Load, startLoad, untilServed } from "./load.ts";
import { Writer } from "./writer.ts";

/** Clients that write and read without a pause, each for a tenant of its own. */
export interface Writing {
  readonly load: Load;
  /** As {@link untilServed}. */
  untilServed(answers: number): Promise<number>;
  /**
   * Ends it. Expects that what is stored then is what was acknowledged, and reports how much that was.
   * @param superuserUrl where to look
   */
  end(superuserUrl: string, report: Report): Promise<void>;
}

export function startWriting(urlOf: () => string, clients: number): Writing {
  const writers: Writer[] = [];
  const load = startLoad({
    urlOf,
    clients,
    turn: (client, number) => {
      writers[number] ??= new Writer(client.tenantId);
      return writers[number].turn(client);
    },
  });
  return {
    load,
    untilServed: (answers) => untilServed(load, answers),
    async end(superuserUrl, report) {
      await load.stop();
      const ledgers = writers.map(({ ledger }) => ledger);
      const differences = await Promise.all(ledgers.map((ledger) => ledger.differences(superuserUrl)));
      for (const { acknowledged, doubtful } of ledgers) {
        report.saw("acknowledged writes", acknowledged);
        report.saw("writes in doubt", doubtful);
      }
      report.saw("lost, made twice or wrong", differences.flat().length);
      expect(differences.flat()).toEqual([]);
    },
  };
}

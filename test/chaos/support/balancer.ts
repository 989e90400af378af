import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { present } from "../../support/present.ts";
import { eventually } from "./eventually.ts";

/** How often a server is asked whether it is ready. */
const PROBE_MS = 25;

/** A load balancer: it sends requests to the servers that are ready, in turn. Its end comes with the test's. */
export class Balancer {
  readonly #ready = new Set<string>();
  #sent = 0;
  #over = false;

  constructor() {
    onTestFinished(() => {
      this.#over = true;
    });
  }

  /** Sends requests to a server whenever it is ready; resolves when it is for the first time. */
  async add(url: string): Promise<void> {
    void this.#watch(url);
    await eventually(() => {
      if (!this.#ready.has(url)) throw new Error(`${url} is not ready`);
    });
  }

  /** Where the next request is to go. */
  readonly urlOf = (): string => {
    const urls = [...this.#ready];
    this.#sent += 1;
    return present(urls[this.#sent % urls.length]);
  };

  async #watch(url: string): Promise<void> {
    while (!this.#over) {
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok) this.#ready.add(url);
      else this.#ready.delete(url);
      if (answer === undefined) return; // it has ended
      await delay(PROBE_MS);
    }
  }
}

import { request } from "node:http";

/** Something that is asked of a server. */
export interface Question {
  readonly url: string;
  readonly tenantId: string;
  readonly document: string;
  readonly variables?: object;
}

/** Somebody who has asked and waits for an answer. */
export interface Asker {
  /** Breaks the connection off. */
  leave(): void;
  /** Whether an answer had begun to come before that; resolves when the connection is closed. */
  readonly answered: Promise<boolean>;
}

/** Asks over a connection of its own, for somebody who may not stay for the answer. */
export function ask({ url, tenantId, document, variables = {} }: Question): Asker {
  const sent = request(`${url}/graphql`, {
    method: "POST",
    agent: false,
    headers: { "content-type": "application/json", "x-tenant-id": tenantId },
  });
  const answered = new Promise<boolean>((resolve) => {
    let begun = false;
    sent.once("response", (response) => {
      begun = true;
      response.on("error", () => undefined).resume();
    });
    sent.on("error", () => undefined); // it is this side that breaks off
    sent.once("close", () => resolve(begun));
  });
  sent.end(JSON.stringify({ query: document, variables }));
  return { answered, leave: () => void sent.destroy() };
}

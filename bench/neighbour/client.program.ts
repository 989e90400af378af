import { setMaxListeners } from "node:events";
import { Agent, request } from "node:http";
import { constants, setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Command, Press, Probe, Question, Tally } from "./client.ts";

/** Answers longer than this are whole; shorter ones are looked at. */
const LOOKED_AT = 10_000;
/** Who asks at a steady pace gives up an answer after so many milliseconds. */
const PATIENCE_MS = 10_000;
/** After a refusal, in milliseconds: who is refused at once would do nothing but ask. */
const PAUSE_MS = 100;

const agent = new Agent({ keepAlive: true });
let pressing: { readonly tally: MutableTally; readonly stop: AbortController } | undefined;

process.on("message", async (command: Command) => {
  if (command.do === "press") press(command);
  const tally = command.do === "probe" ? await probe(command) : command.do === "rest" ? rest() : startTally();
  process.send?.({ ...tally, seconds: (performance.now() - tally.started) / 1000 } satisfies Tally);
});

interface MutableTally {
  readonly started: number;
  readonly samples: number[];
  answered: number;
  readonly failed: Record<string, number>;
  bytes: number;
}

function startTally(): MutableTally {
  return { started: performance.now(), samples: [], answered: 0, failed: {}, bytes: 0 };
}

async function probe({ question, perSecond, seconds }: Probe): Promise<MutableTally> {
  const tally = startTally();
  const asked: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = tally.started + (n * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    // A timer comes up to a millisecond late, which is nobody's wait; what is later than that is.
    const from = Math.max(due, performance.now() - 1);
    const patience = AbortSignal.timeout(PATIENCE_MS);
    asked.push(ask(question, tally, patience).then(() => void tally.samples.push(performance.now() - from)));
  }
  await Promise.all(asked);
  return tally;
}

function press({ questions, connections }: Press): void {
  // In earnest it reads its megabytes on another machine.
  setPriority(constants.priority.PRIORITY_LOW);
  const tally = startTally();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  pressing = { tally, stop };
  const keepAsking = async (question: Question) => {
    while (!stop.signal.aborted) {
      const refused = await ask(question, tally, stop.signal).then((code) => code !== undefined);
      if (refused) await delay(PAUSE_MS);
    }
  };
  for (let n = 0; n < connections; n += 1) {
    const question = questions[n % questions.length];
    if (question !== undefined) void keepAsking(question);
  }
}

function rest(): MutableTally {
  if (pressing === undefined) throw new Error("nothing presses");
  const { tally, stop } = pressing;
  const told = { ...tally, failed: { ...tally.failed } };
  stop.abort();
  pressing = undefined;
  return told;
}

/** @returns the code of what failed */
async function ask(
  { url, tenant, body }: Question,
  tally: MutableTally,
  signal: AbortSignal,
): Promise<string | undefined> {
  const code = await send(url, tenant, body, signal)
    .then((answer) => {
      tally.bytes += answer.bytes;
      return answer.code;
    })
    .catch((error: NodeJS.ErrnoException) => error.code ?? error.name);
  if (code === undefined) tally.answered += 1;
  else tally.failed[code] = (tally.failed[code] ?? 0) + 1;
  return code;
}

interface Received {
  readonly bytes: number;
  readonly code: string | undefined;
}

function send(url: string, tenant: string, body: string, signal: AbortSignal): Promise<Received> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "x-tenant-id": tenant };
    const options = { method: "POST", agent, headers, signal };
    const sent = request(`${url}/graphql`, options, (response) => {
      const begin: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        if (bytes < LOOKED_AT) begin.push(chunk);
        bytes += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () => {
        const code = /"code":"(\w+)"/.exec(Buffer.concat(begin).toString().slice(0, LOOKED_AT))?.[1];
        resolve({ bytes, code });
      });
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // The server had just closed what was idle for long.
      const isStale = sent.reusedSocket && error.code === "ECONNRESET";
      if (isStale) resolve(send(url, tenant, body, signal));
      else reject(error);
    });
    sent.end(body);
  });
}

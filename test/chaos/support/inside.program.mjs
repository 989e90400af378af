// Loaded into a server that is watched: on SIGUSR2 it collects its garbage and writes into INSIDE_FILE what is left.
import { EventEmitter } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { isMainThread } from "node:worker_threads";

/** Run on an array of all the emitters that are alive. */
const COUNT_LISTENERS = `function () {
  const events = Array.from(this, ({ _events }) => Object.values(_events ?? {})).flat();
  return events.reduce((sum, listeners) => sum + [listeners].flat().length, 0);
}`;

if (isMainThread) watch(process.env.INSIDE_FILE);

function watch(file) {
  const session = new Session();
  session.connect();
  process.on("SIGUSR2", () => {
    const listeners = countListeners(session); // it collects the garbage
    const { heapUsed, external, rss } = process.memoryUsage();
    const told = { heapBytes: heapUsed + external, rssBytes: rss, listeners, handles: countHandles() };
    writeFileSync(`${file}.new`, JSON.stringify(told));
    renameSync(`${file}.new`, file);
  });
}

/** Those on every emitter of the main thread, sockets and streams among them. */
function countListeners(session) {
  const ask = (method, parameters) => answerOf(session, method, parameters);
  const objectGroup = "emitters";
  globalThis[objectGroup] = EventEmitter.prototype;
  const { result } = ask("Runtime.evaluate", { expression: objectGroup, objectGroup });
  const { objects } = ask("Runtime.queryObjects", { prototypeObjectId: result.objectId, objectGroup });
  const counted = ask("Runtime.callFunctionOn", {
    ...{ objectId: objects.objectId, functionDeclaration: COUNT_LISTENERS, returnByValue: true },
  });
  ask("Runtime.releaseObjectGroup", { objectGroup });
  return counted.result.value;
}

/** What a session asks of its own thread is answered before it returns. */
function answerOf(session, method, parameters) {
  let answer;
  session.post(method, parameters, (error, result) => {
    if (error !== null) throw new Error(error.message);
    answer = result;
  });
  return answer;
}

/** What keeps the process alive, by its kind. */
function countHandles() {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

import type { IncomingMessage } from "node:http";
import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Limits } from "../limits.ts";
import type { HandedOver } from "./handover.ts";

/**
 * Reads bodies, and refuses those with more bytes than there may be: where they say so before they are sent, otherwise
 * when they pass the limit. Yoga's own limit leads each body through a stream, which took a fifth of its time.
 */
export function useRequestBody({
  maxBodyBytes,
}: Limits): Plugin<object, HandedOver & { readonly req?: IncomingMessage }> {
  return {
    onRequestParse({ request, requestParser, serverContext, setRequestParser }) {
      if (request.method !== "POST" || requestParser === undefined) return;
      if (isTooLong(request.headers, maxBodyBytes)) throw tooLarge();
      const { req, handover } = serverContext;
      setRequestParser(async () => {
        if (handover?.text !== undefined) return requestParser(havingText(await handover.text));
        const text =
          req === undefined ? await textOf(request, maxBodyBytes) : await readBody(req, maxBodyBytes);
        return requestParser(havingText(text));
      });
    },
  };
}

/** Whether a request says that it has more than so many bytes. */
export function isTooLong(headers: Pick<Headers, "get">, maxBytes: number): boolean {
  return Number(headers.get("content-length")) > maxBytes;
}

/** The body of a request that Node has received. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > maxBytes) settle(() => reject(tooLarge()));
    };
    const end = () =>
      settle(() => resolve((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? ""));
    const fail = () => settle(() => reject(brokenOff()));
    const settle = (then: () => void) => {
      request.off("data", take).off("end", end).off("error", fail).off("close", fail);
      then();
    };
    request.on("data", take).on("end", end).on("error", fail).on("close", fail);
    if (request.destroyed) fail();
  });
}

/** The body of a request that the program itself has made. */
export async function textOf(request: Request, maxBytes: number): Promise<string> {
  const text = await request.text();
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge();
  return text;
}

/** As much of a request as Yoga's parsers look at. */
function havingText(text: string): Request {
  const body = { text: async () => text, json: async (): Promise<unknown> => JSON.parse(text) };
  return body as Request;
}

/** The plugin of the error codes says which limit it is. */
function tooLarge(): GraphQLError {
  return new GraphQLError("Request body too large", { extensions: { http: { status: 413 } } });
}

/** Nobody will read this. */
function brokenOff(): GraphQLError {
  return new GraphQLError("The body has not come to its end.", { extensions: { http: { status: 400 } } });
}

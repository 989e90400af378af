import { createReadStream } from "node:fs";
import { InvalidFileError } from "./invalid-file-error.ts";

/** Longest line, in bytes: several times what the largest row takes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export interface Line {
  /** Counts from 1. */
  readonly number: number;
  readonly text: string;
  /** Whether the file ends in this line. */
  readonly isCut: boolean;
}

/**
 * The lines of a file, one after the other; only one is held at a time.
 * @throws InvalidFileError for a line that is too long or not UTF-8
 */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 1;
  let pieces: Buffer[] = [];
  let size = 0;

  const hold = (piece: Buffer) => {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_LINE_BYTES)
      throw new InvalidFileError(number, `must be at most ${MAX_LINE_BYTES} bytes long`);
  };
  const take = (isCut: boolean): Line => {
    const bytes = Buffer.concat(pieces);
    const line = { number, text: decode(decoder, bytes, number), isCut };
    number += 1;
    pieces = [];
    size = 0;
    return line;
  };

  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      hold(chunk.subarray(start, end));
      yield take(false);
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  if (size > 0) yield take(true);
}

function decode(decoder: TextDecoder, bytes: Buffer, number: number): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new InvalidFileError(number, "must be UTF-8");
  }
}

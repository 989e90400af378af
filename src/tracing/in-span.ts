import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AbandonedError, type ErrorCode, ServoError } from "../errors.ts";
import { version } from "../version.ts";

/** What makes the spans, and in which version. */
const SCOPE = ["servo-storage", version()] as const;

/** Whoever asks for what is not there, or may not be, has got an answer: only with these has a span failed. */
const FAULTS: readonly ErrorCode[] = ["UNAVAILABLE", "TIMEOUT", "INTERNAL_SERVER_ERROR"];

/** Runs some work in a span of its own, which ends with it. Of what it fails with, the type alone is told. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
  parent: Context = context.active(),
): Promise<T> {
  const span = trace.getTracer(...SCOPE).startSpan(name, options, parent);
  try {
    return await context.with(trace.setSpan(parent, span), work, undefined, span);
  } catch (error) {
    if (error instanceof AbandonedError) span.setAttribute("error.type", "ABANDONED");
    else if (error instanceof ServoError) tellCode(span, error.code);
    else tellFailure(span, codeOf(error) ?? typeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Notes the code of an error of our family. */
export function tellCode(span: Span, code: ErrorCode): void {
  if (FAULTS.includes(code)) tellFailure(span, code);
  else span.setAttribute("error.type", code);
}

/** Notes that it failed, and with what. */
export function tellFailure(span: Span, type: string): void {
  span.setAttribute("error.type", type).setStatus({ code: SpanStatusCode.ERROR });
}

/** The SQLSTATE of a database error, or the code of one of the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function typeOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : "_OTHER";
}

import { describe, expect, it, vi } from "vitest";
import { abortSignalOf, Stop } from "../../src/abort.ts";

const REASON = new Error("enough");

describe("a stop", () => {
  it("calls those that listen, once, with its reason at hand", () => {
    const stop = new Stop();
    const heard = vi.fn(() => expect(stop).toMatchObject({ aborted: true, reason: REASON }));
    const removed = vi.fn();
    stop.addEventListener("abort", heard);
    stop.addEventListener("abort", removed);
    stop.removeEventListener("abort", removed);
    expect(stop).toMatchObject({ aborted: false, reason: undefined });
    stop.abort(REASON);
    stop.abort(new Error("again"));
    expect([heard.mock.calls.length, removed.mock.calls.length]).toEqual([1, 0]);
    expect(stop.reason).toBe(REASON);
  });

  it("does not call who comes while it aborts, as an AbortSignal does not", () => {
    const stop = new Stop();
    const late = vi.fn();
    stop.addEventListener("abort", () => stop.addEventListener("abort", late));
    stop.abort(REASON);
    expect(late).not.toHaveBeenCalled();
  });

  it("aborts the AbortSignal that is made of it, before and after", () => {
    const stop = new Stop();
    const before = abortSignalOf(stop);
    expect(before.aborted).toBe(false);
    stop.abort(REASON);
    for (const signal of [before, abortSignalOf(stop)])
      expect(signal).toMatchObject({ aborted: true, reason: REASON });
  });
});

it("an AbortSignal is one already", () => {
  const { signal } = new AbortController();
  expect(abortSignalOf(signal)).toBe(signal);
});

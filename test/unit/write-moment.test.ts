import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeMoment } from "../../src/write-moment.ts";

describe("a moment", () => {
  it("is written as by Date itself", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (moment) => {
        expect(writeMoment(moment)).toBe(moment.toISOString());
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([-1, 0, 86_399_999, 86_400_000, -86_400_000, -62_167_219_200_001, 8.64e15])(
    "%d ms after 1970, too",
    (time) => {
      const moment = new Date(time);
      expect([writeMoment(moment), writeMoment(moment)]).toEqual([
        moment.toISOString(),
        moment.toISOString(),
      ]);
    },
  );

  it("that is none is refused", () => {
    expect(() => writeMoment(new Date(Number.NaN))).toThrow(RangeError);
  });
});

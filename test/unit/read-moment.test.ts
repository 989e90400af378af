import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMoment } from "../../src/db/read-moment.ts";

/** By a regular expression and by what `Date` reads itself. */
function readSlowly(printed: string): number {
  const parts = /^(\S+) (\S+?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(printed);
  if (parts === null) throw new Error("a moment in an unknown form");
  const [, date, time, sign, hours, minutes = 0, seconds = 0] = parts;
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return Date.parse(`${date}T${time}Z`) + (sign === "-" ? offset : -offset);
}

const padded = (value: number, width = 2) => String(value).padStart(width, "0");
const upTo = (most: number, least = 0) => fc.integer({ min: least, max: most });
const twoDigits = (most: number, least = 0) => upTo(most, least).map((value) => padded(value));

const year = fc.oneof(upTo(9999, 1), upTo(120, 1), upTo(294_276, 9990)).map((value) => padded(value, 4));
const day = fc.tuple(year, twoDigits(12, 1), twoDigits(31, 1)).map((parts) => parts.join("-"));
const time = fc.tuple(twoDigits(23), twoDigits(59), twoDigits(59)).map((parts) => parts.join(":"));
const fraction = fc.stringMatching(/^(\.\d{1,6})?$/);
const offset = fc.stringMatching(/^[+-](0\d|1[0-5])(:[0-5]\d(:[0-5]\d)?)?$/);

const moment = fc
  .tuple(day, time, fraction, offset)
  .map(([day, time, fraction, offset]) => `${day} ${time}${fraction}${offset}`);

describe("a moment", () => {
  it("is read by its places as it would be by a regular expression", () => {
    fc.assert(
      fc.property(moment, (printed) => {
        expect(readMoment(printed).getTime()).toBe(readSlowly(printed));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["2026-01-02 03:04:05.678+00", "2026-01-02T03:04:05.678Z"],
    ["2026-01-02 03:04:05.6+00", "2026-01-02T03:04:05.600Z"],
    ["2026-01-02 03:04:05.000999+00", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02 03:04:05-08", "2026-01-02T11:04:05.000Z"],
    ["2026-01-02 03:04:05+05:30", "2026-01-01T21:34:05.000Z"],
    ["1930-07-01 00:19:32+00:19:32", "1930-07-01T00:00:00.000Z"],
    ["0050-06-01 00:00:00+00", "0050-06-01T00:00:00.000Z"],
    ["0100-06-01 00:00:00+00", "0100-06-01T00:00:00.000Z"],
  ])("printed %s is %s", (printed, expected) => {
    expect(readMoment(printed).toISOString()).toBe(expected);
  });

  it.each(["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "2026-01-02", "2026-01-02 03:04:05", ""])(
    "is not %j",
    (printed) => {
      expect(() => readMoment(printed)).toThrow("a moment in an unknown form");
    },
  );

  it.each(["2026-01-02 03:04:0x+00", "2026-01-02 03:04:05.1x+00", "10000-01-01 00:00:00+00"])(
    "that %j is is none that Date knows",
    (printed) => {
      expect(readMoment(printed).getTime()).toBeNaN();
      expect(readSlowly(printed)).toBeNaN();
    },
  );
});

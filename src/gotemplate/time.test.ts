import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatTime, strftime } from "./time.ts";

const evening = new Date("2026-03-09T21:05:07.042Z");
const midnight = new Date("2026-11-01T00:00:00Z");

describe("gotemplate/time", () => {
  // From Packer 1.6.6's function strftime.
  const cases: readonly [string, string, string][] = [
    ["%Y-%m-%d %H:%M:%S", "2026-03-09 21:05:07", "2026-11-01 00:00:00"],
    ["%a %A %b %B", "Mon Monday Mar March", "Sun Sunday Nov November"],
    ["%I %p %y", "09 PM 26", "12 AM 26"],
    ["%S%L", "07.042", "00.000"],
    ["%z %Z", "+0000 UTC", "+0000 UTC"],
    ["100%% %q %Ä %j", "100% %q %Ä %j", "100% %q %Ä %j"],
    ["lone %", "lone %", "lone %"],
    ["%%Y", "%Y", "%Y"],
    ["", "", ""],
  ];
  for (const [format, atEvening, atMidnight] of cases) {
    test(`strftime writes ${JSON.stringify(format)}`, () => {
      assert.equal(strftime(evening, format), atEvening);
      assert.equal(strftime(midnight, format), atMidnight);
    });
  }

  test("the layout of isotime without arguments is RFC 3339", () => {
    assert.equal(formatTime(evening, "2006-01-02T15:04:05Z07:00"), "2026-03-09T21:05:07Z");
  });
});

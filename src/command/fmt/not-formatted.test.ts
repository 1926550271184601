// What `fmt` found, as messages on the lines of a pull request.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fmt } from "./fmt.ts";

const files = [{ path: "images/a.pkr.hcl", diff: "", line: 12 }];
const result = { exitCode: 0, diagnostics: [], sections: [{ is: "differences" as const, title: "", files }] };
const config = { check: false, diff: true, recursive: true };

describe("command/fmt/not-formatted", () => {
  it("points at the first line that would change, and says nothing of files that were written", () => {
    const [mistake] = fmt.combine?.([result], { ...config, write: false }).diagnostics ?? [];
    assert.equal(mistake?.subject?.filename, "images/a.pkr.hcl");
    assert.equal(mistake?.subject?.start.line, 12);
    assert.match(mistake?.hint ?? "", /fmt images\/a\.pkr\.hcl/);
    assert.deepEqual(fmt.combine?.([result], { ...config, write: true }).diagnostics, []);
  });
});

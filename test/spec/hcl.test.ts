// The HCL2 language, rule by rule, from the cases in `hcl/`.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { diagnosticCodes } from "../../src/diagnostic/codes.ts";
import { type CaseFile, outcomeOf } from "./hcl-cases.ts";

const folder = new URL("hcl/", import.meta.url);
const files = readdirSync(folder)
  .sort()
  .map((name) => ({
    name: name.replace(/\.json$/, ""),
    ...(JSON.parse(readFileSync(new URL(name, folder), "utf8")) as CaseFile),
  }));

for (const { name, kind, rules } of files) {
  describe(`hcl/${name}`, () => {
    for (const { rule, cases } of rules) {
      it(rule, () => {
        for (const { input, ...expected } of cases) {
          assert.deepEqual(outcomeOf(kind, input), expected, `for the input ${JSON.stringify(input)}`);
        }
      });
    }
  });
}

describe("hcl/cases", () => {
  it("are as many as promised", () => {
    const count = files.reduce((sum, { rules }) => sum + rules.reduce((all, { cases }) => all + cases.length, 0), 0);
    assert.ok(count >= 600, `there are only ${count} cases`);
  });

  it("use codes that are documented", () => {
    const mistakes = files
      .filter(({ kind }) => kind !== "conversion" && kind !== "defaults")
      .flatMap(({ rules }) => rules.flatMap(({ cases }) => cases.flatMap((each) => each.mistakes ?? [])));
    for (const mistake of mistakes) {
      assert.ok(mistake.slice(0, mistake.indexOf(" ")) in diagnosticCodes, mistake);
    }
  });
});

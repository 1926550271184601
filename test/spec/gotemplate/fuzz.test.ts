// Breaks templates at random, always in the same way, and looks whether the answers still make sense.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { gotemplateCodes } from "../../../src/diagnostic/codes/gotemplate.ts";
import { parseTemplate, renderTemplate, type TemplateProblem } from "../../../src/gotemplate/template.ts";
import { type RecordedValue, readValue, testFunctions } from "./recorded.ts";

const pieces =
  "{{ }} {{- -}} | ( ) . $ $x := = , \" ` ' \\ if else end range with define block template break nil true 0 -1 1.5 0x _ .Name .list é 😀 /* */ {{end}} {{else}} print eq user \n \t".split(
    " ",
  );

/** Numbers below a limit, the same ones for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function broken(template: string, random: (limit: number) => number): string {
  const characters = [...template];
  for (let i = random(4); i >= 0; i--) {
    const piece = pieces[random(pieces.length)] ?? "";
    characters.splice(random(characters.length + 1), random(3), random(2) === 0 ? piece : ` ${piece} `);
  }
  return characters.join("");
}

function checkPlace(template: string, { code, message, offset, length }: TemplateProblem): void {
  const said = `${JSON.stringify(template)}: ${message}`;
  assert.ok(code in gotemplateCodes, said);
  assert.ok(message.length > 0 && !message.includes("undefined"), said);
  assert.ok(offset >= 0 && length >= 0 && offset + length <= template.length, said);
}

describe("spec/gotemplate fuzz", () => {
  test("a broken template gives a text or problems with places inside it, and never an exception", () => {
    const file = readFileSync(new URL("templates.json", import.meta.url), "utf8");
    const { cases, data } = JSON.parse(file) as {
      cases: readonly { template: string }[];
      data: Record<string, RecordedValue>;
    };
    const values = readValue(data["map"] ?? null);
    const random = randomNumbers(20_260_101);
    let refused = 0;
    for (let i = 0; i < 4000; i++) {
      const template = broken(cases[random(cases.length)]?.template ?? "", random);
      const parsed = parseTemplate(template, testFunctions.keys());
      const rendered = "problems" in parsed ? parsed : renderTemplate(parsed.template, values, testFunctions);
      const failed = "problem" in rendered ? { problems: [rendered.problem] } : rendered;
      const problems = "problems" in failed ? failed.problems : [];
      if (!("text" in rendered)) {
        assert.ok(problems.length > 0, template);
      }
      for (const problem of problems) {
        checkPlace(template, problem);
      }
      refused += problems.length > 0 ? 1 : 0;
    }
    assert.ok(refused > 1000 && refused < 3900, `${refused} of 4000 were refused`);
  });
});

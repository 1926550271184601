// One mistake, every face: the terminal, records for programs, annotations and SARIF tell the same code at the same place.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packerTs } from "../packer-ts.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

const mistakes: Readonly<
  Record<string, { readonly template: Template; readonly code: string; readonly mark: string }>
> = {
  "a misspelt option": {
    template: { builders: [{ type: "file", target: "x", contnet: "y" }] },
    code: "option/unknown",
    mark: "contnet",
  },
  "a misspelt provisioner": {
    template: {
      builders: [{ type: "null", communicator: "none" }],
      provisioners: [{ type: "shel-local", inline: ["x"] }],
    },
    code: "component/unknown",
    mark: "shel-local",
  },
};

for (const language of LANGUAGES) {
  describe(`e2e/faces: ${language.name}`, () => {
    for (const [what, { template, code, mark }] of Object.entries(mistakes)) {
      it(`tell the same of ${what}`, async (t) => {
        const runner = fakeRunner(t);
        const file = writeTemplate(runner, language, template);
        const lines = readFileSync(join(runner.workspace, file), "utf8").split("\n");
        const line = lines.findIndex((text) => text.includes(mark)) + 1;
        const quote = (lines[line - 1] ?? "").includes(`"${mark}"`) ? 0 : 1;
        const column = (lines[line - 1] ?? "").indexOf(mark) + quote;
        const given = { cwd: runner.workspace };
        const [terminal, machine, step] = await Promise.all([
          packerTs(["validate", file], given),
          packerTs(["-machine-readable", "validate", file], given),
          runner.run({ template: file, command: "validate", sarif: "out.sarif" }),
        ]);
        const place = `on ${file} line ${line}, column ${column}`;
        assert.ok(terminal.stdout.includes(`[${code}]`) && terminal.stdout.includes(place), terminal.stdout);
        assert.ok(
          machine.stdout.includes(code) && machine.stdout.includes(place.replaceAll(",", "%!(PACKER_COMMA)")),
          machine.stdout,
        );
        assert.match(
          step.stdout,
          new RegExp(
            `::error [^\\n]*file=${file.replaceAll(".", "\\.")},line=${line},[^\\n]*col=${column},[^\\n]*${code}`,
          ),
        );
        const sarif = JSON.parse(readFileSync(join(runner.workspace, "out.sarif"), "utf8"));
        const found = sarif.runs[0].results.filter(({ ruleId }: { ruleId: string }) => ruleId === code);
        assert.equal(found.length, 1);
        const { artifactLocation, region } = found[0].locations[0].physicalLocation;
        assert.deepEqual([artifactLocation.uri, region.startLine, region.startColumn], [file, line, column]);
        assert.equal((terminal.stdout.match(/^Error: /gm) ?? []).length, (step.stdout.match(/::error /g) ?? []).length);
      });
    }
  });
}

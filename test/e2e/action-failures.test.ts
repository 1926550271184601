// Builds that fail, in each way and each language: what the step says of them, and of those that do not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type FakeRunner, fakeRunner, readLog, type StepResult } from "./action-runner.ts";
import { LANGUAGES, type Language, placeOf, type Template, writeTemplate } from "./three-languages.ts";

/** Three builds, of which the one that makes a file fails at once, while the others still work. */
interface Failing {
  readonly what: string;
  readonly template: Template;
  /** The type of the component to which the annotation points. */
  readonly culprit: string;
  readonly failure: string;
  readonly code: string;
}

const others = ["slow", "slower"];
const builders = [
  { type: "file", name: "bad", target: "out/bad.txt", content: "x" },
  ...others.map((name) => ({ type: "null", name, communicator: "none" })),
];
const provisioners = [{ type: "sleep", duration: "400ms", only: others }];

const FAILING: readonly Failing[] = [
  {
    what: "builder",
    template: {
      builders: [{ ...builders[0], type: "file", target: "blocker/bad.txt" }, ...builders.slice(1)],
      provisioners,
    },
    culprit: "file",
    failure: "environment",
    code: "host/file-unwritable",
  },
  {
    what: "provisioner",
    template: {
      builders,
      provisioners: [...provisioners, { type: "shell-local", inline: ["echo last words; exit 3"], only: ["bad"] }],
    },
    culprit: "shell-local",
    failure: "provisioner",
    code: "provisioner/exit-status",
  },
  {
    what: "post-processor",
    template: {
      builders,
      provisioners,
      "post-processors": [{ type: "shell-local", inline: ["echo last words; exit 4"], only: ["bad"] }],
    },
    culprit: "shell-local",
    failure: "provisioner",
    code: "provisioner/exit-status",
  },
  {
    what: "post-processor of several in a row",
    template: {
      builders,
      provisioners,
      "post-processors": [
        [
          { type: "checksum", checksum_types: ["sha256"], output: "out/sums", only: ["bad"] },
          { type: "shell-local", inline: ["exit 5"], only: ["bad"] },
        ],
      ],
    },
    culprit: "shell-local",
    failure: "provisioner",
    code: "provisioner/exit-status",
  },
];

const namesOf = (json: string | undefined): string[] =>
  (JSON.parse(json ?? "") as { build: string }[]).map(({ build }) => build).sort();

/** The row of a build in the summary. */
function rowOf({ summary }: StepResult, build: string): string {
  return summary.split("\n").find((line) => line.startsWith(`| <code>${build}</code> |`)) ?? "";
}

/** Every message of the SARIF file with its place. */
function sarifOf(
  runner: FakeRunner,
): { readonly code: string; readonly line: number; readonly column: number; readonly file: string }[] {
  const { runs } = JSON.parse(readFileSync(join(runner.workspace, "found.sarif"), "utf8"));
  return runs[0].results.map(({ ruleId, locations }: { ruleId: string; locations: { physicalLocation: never }[] }) => {
    const { artifactLocation, region } = (locations[0]?.physicalLocation ?? {}) as Record<
      string,
      Record<string, unknown>
    >;
    return {
      code: ruleId,
      line: region?.["startLine"],
      column: region?.["startColumn"],
      file: artifactLocation?.["uri"],
    };
  });
}

function assertNoFault({ stdout, stderr, summary }: StepResult): void {
  assert.doesNotMatch(
    stdout + summary,
    /run\/bug|fault of the|The (?:summary|SARIF file|manifest|result) could not be written/,
  );
  assert.equal(stderr, "");
  readLog(stdout);
}

async function failing(
  runner: FakeRunner,
  language: Language,
  { template, culprit, failure, code }: Failing,
): Promise<void> {
  runner.file("blocker", "a file where a folder should be");
  const file = writeTemplate(runner, language, template);
  const result = await runner.run({ template: file, sarif: "found.sarif" });
  assert.equal(result.code, 1);
  assertNoFault(result);
  assert.deepEqual([result.outputs["outcome"], result.outputs["failure-class"]], ["partial", failure], result.stdout);
  const [bad, ...built] = [language.build("bad"), ...others.map((name) => language.build(name, "null"))];
  assert.deepEqual(namesOf(result.outputs["artifacts"]), built);
  assert.match(rowOf(result, bad ?? ""), /❌ failed/);
  for (const build of built) {
    assert.match(rowOf(result, build), /✅ built/, result.summary);
  }
  const { line, column } = placeOf(language.print(template), language.type(culprit));
  const annotations = readLog(result.stdout).filter(({ command }) => command === "error");
  assert.equal(annotations.length, 1, result.stdout);
  assert.ok(
    annotations[0]?.text.includes(`[${code}],file=${file},line=${line},endLine=${line},col=${column},`),
    annotations[0]?.text,
  );
  assert.deepEqual(sarifOf(runner), [{ code, line, column, file }]);
}

for (const language of LANGUAGES) {
  describe(`action: a failing build in ${language.name}`, () => {
    for (const one of FAILING) {
      it(`points at the ${one.what} that failed, and builds and lists the others`, (t) =>
        failing(fakeRunner(t), language, one));
    }

    it("lists what was built, what was cancelled and what never began when it is cancelled", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, {
        builders: ["first", "second", "third"].map((name) => ({
          type: "file",
          name,
          target: `${name}.txt`,
          content: "x",
        })),
        provisioners: [{ type: "shell-local", inline: ["echo working; sleep 600"], only: ["second"] }],
      });
      const step = runner.start({ template, sarif: "found.sarif", "parallel-builds": "1" });
      await step.says("working");
      step.child.kill("SIGINT");
      const result = await step.ended;
      assert.equal(result.code, 1);
      assertNoFault(result);
      assert.deepEqual([result.outputs["outcome"], result.outputs["failure-class"]], ["cancelled", "cancelled"]);
      assert.deepEqual(namesOf(result.outputs["artifacts"]), [language.build("first")]);
      assert.match(rowOf(result, language.build("first")), /✅ built/);
      for (const build of ["second", "third"]) {
        assert.match(rowOf(result, language.build(build)), /🚫 cancelled/, result.summary);
      }
      assert.ok(sarifOf(runner).every(({ code }) => code === "host/cancelled"));
    });

    it("warns of what is doubtful, with its place, and finds the template valid", async (t) => {
      const runner = fakeRunner(t);
      const iso = {
        iso_url: "file:///no/such.iso",
        iso_checksum: "none",
        ssh_username: "root",
        ssh_password: "correct horse",
      };
      const template: Template = { builders: [{ type: "qemu", name: "a", ...iso }] };
      const file = writeTemplate(runner, language, template);
      const result = await runner.run({ command: "validate", template: file, sarif: "found.sarif" });
      assertNoFault(result);
      assert.deepEqual([result.code, result.outputs["outcome"]], [0, "valid"], result.stdout);
      const { line } = placeOf(language.print(template), language.option("iso_checksum"));
      assert.match(result.stdout, new RegExp(`^::warning .*file=${file},line=${line},`, "m"));
      assert.ok(sarifOf(runner).some((found) => found.line === line));
      assert.match(result.summary, /#### Warnings: \d/);
    });
  });
}

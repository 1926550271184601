// The workflows of the README as people get them wrong: a misspelt input, value or option, a secret that is not there. Each ends
// with one annotation that says so.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { projectRoot } from "../packer-ts.ts";
import { artifactService } from "../servers/artifact-service.ts";
import { type FakeRunner, fakeRunner, readLog, type StepResult } from "./action-runner.ts";
import { LANGUAGES, type Language, placeOf, type Template, writeTemplate } from "./three-languages.ts";

type Inputs = Readonly<Record<string, string>>;

interface Step {
  readonly uses?: string | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

interface Workflow {
  readonly on: { readonly workflow_call?: { readonly inputs: Readonly<Record<string, { default?: unknown }>> } };
  readonly jobs: Readonly<
    Record<string, Step & { readonly steps?: readonly Step[]; readonly secrets?: Readonly<Record<string, string>> }>
  >;
}

const TEMPLATE: Template = {
  variables: { version: "none", registry_password: "" },
  "sensitive-variables": ["registry_password"],
  builders: [{ type: "file", name: "web", target: "out/web.txt", content: "version {{user `version`}}" }],
};

/** The same template with an option of its builder misspelt. */
function misspellOption(name: string): Template {
  const builders = TEMPLATE.builders.map(({ type, ...options }) => ({ type, ...misspell(options, name) }));
  return { ...TEMPLATE, builders };
}

const SECRETS = { "secrets.REGISTRY_PASSWORD": "correct horse battery" };

function readWorkflow(path: string): Workflow {
  return parse(readFileSync(join(projectRoot, path), "utf8"));
}

/** The inputs of the steps of a job that run the action. */
function listSteps(workflow: Workflow, job: string): readonly Inputs[] {
  const ours = (workflow.jobs[job]?.steps ?? []).filter(({ uses }) => uses?.startsWith("org/packer-ts-action@"));
  return ours.map(({ with: given }) => asTexts(given));
}

function asTexts(given: Readonly<Record<string, unknown>> = {}): Inputs {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value ?? "")]));
}

/** Puts the values of expressions in, as GitHub does before it starts a step; what is not there is empty. */
function fillIn(inputs: Inputs, values: Inputs): Inputs {
  const fill = (text: string): string =>
    text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => values[name] ?? "");
  return Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, fill(text)]));
}

function misspell<T>(all: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  const { [name]: value, ...others } = all;
  if (value === undefined) {
    throw new Error(`${name} is not there`);
  }
  return { ...others, [`${name.slice(0, 2)}${name.slice(3)}`]: value };
}

interface Case {
  readonly runner: FakeRunner;
  readonly env: Inputs;
}

async function open(t: TestContext, language: Language, template = TEMPLATE): Promise<Case> {
  const runner = fakeRunner(t);
  writeTemplate(runner, language, template, "images/web");
  const { env } = await artifactService(t);
  return { runner, env };
}

/** The workflow for templates of another language: what it names ends otherwise. */
function inLanguage(inputs: Inputs, language: Language): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, text]) => [name, text.replaceAll(".pkr.hcl", language.file(""))]),
  );
}

/** The beginning of the annotation of a misspelt option. */
function annotationOf(language: Language, template: Template, option: string): string {
  const { line } = placeOf(language.print(template), language.option(option));
  return `::error title=Unsupported option [option/unknown],file=${language.file("images/web")},line=${line},`;
}

/** The annotations of a failed step, without their properties. */
function assertFailed(step: StepResult, outcome: string): readonly string[] {
  assert.equal(step.code, 1, step.stdout);
  assert.equal(step.outputs["outcome"], outcome, step.stdout);
  const errors = readLog(step.stdout).filter(({ command }) => command === "error");
  assert.ok(errors.length > 0, step.stdout);
  return errors.map(({ text }) => text);
}

/** All errors are one, at its place and in these words. */
function assertTold(step: StepResult, outcome: string, ...words: readonly string[]): void {
  const errors = assertFailed(step, outcome);
  assert.equal(errors.length, 1, step.stdout);
  for (const word of words) {
    assert.ok(errors[0]?.includes(word), `${JSON.stringify(word)} is not in ${errors[0]}`);
  }
}

const alone = {
  validate: {
    inputs: listSteps(readWorkflow("examples/workflows/validate.yml"), "validate")[0] ?? {},
    outcome: "valid",
  },
  release: { inputs: listSteps(readWorkflow("examples/workflows/release.yml"), "release")[0] ?? {}, outcome: "built" },
};
const REF = { "github.ref_name": "v1.4" };

for (const language of LANGUAGES) {
  for (const [name, { inputs: written, outcome }] of Object.entries(alone)) {
    describe(`the workflow to ${name} images with ${language.name}`, () => {
      const inputs = inLanguage(written, language);
      it("succeeds as it is", async (t) => {
        const { runner, env } = await open(t, language);
        const step = await runner.run(fillIn(inputs, REF), env);
        assert.equal(step.code, 0, step.stdout);
        assert.equal(step.outputs["outcome"], outcome);
      });

      for (const input of Object.keys(inputs)) {
        it(`does nothing when "${input}" is misspelt, and says how it is spelt`, async (t) => {
          const { runner, env } = await open(t, language);
          const wrong = misspell(fillIn(inputs, REF), input);
          const missing = Object.keys(wrong).at(-1) ?? "";
          assertTold(await runner.run(wrong, env), "invalid", `"${missing}"`, `did you mean "${input}"?`);
        });
      }

      it("shows a misspelt option on its line", async (t) => {
        const wrong = misspellOption("target");
        const { runner, env } = await open(t, language, wrong);
        const step = await runner.run(fillIn(inputs, REF), env);
        assert.ok(step.stdout.includes(annotationOf(language, wrong, "taget")), step.stdout);
        assert.match(assertFailed(step, "invalid").join("\n"), /did you mean "target"\?/);
      });

      it("says where it has looked when the folder has another name", async (t) => {
        const { runner, env } = await open(t, language);
        const template = (inputs["template"] ?? "").replace("images/", "image/");
        assertTold(await runner.run({ ...fillIn(inputs, REF), template }, env), "invalid", template);
      });
    });
  }

  describe(`the permissions and variables of a release with ${language.name}`, () => {
    const inputs = inLanguage(alone.release.inputs, language);

    it("names the variable that the template does not have, unless Packer takes it", async (t) => {
      const { runner, env } = await open(t, language);
      const wrong = { ...fillIn(inputs, REF), vars: "vresion: v1.4" };
      const step = await runner.run(wrong, env);
      if (language.name === "HCL2") {
        return assertTold(step, "invalid", "vresion", 'did you mean "version"?');
      }
      // Packer takes names that a template in JSON does not know.
      assert.equal(step.outputs["outcome"], "built", step.stdout);
    });

    it("warns that nothing is attested when the permission is missing", async (t) => {
      const { runner, env } = await open(t, language);
      const { stdout } = await runner.run(fillIn(inputs, REF), env);
      assert.match(stdout, /^::warning [^\n]*id-token: write/m);
    });
  });

  describe(`the workflow to rebuild images with ${language.name}`, () => {
    const caller = readWorkflow("examples/workflows/rebuild.yml").jobs["images"];
    const called = readWorkflow(".github/workflows/build-images.yml");
    const defaults = Object.entries(called.on.workflow_call?.inputs ?? {}).map(([name, one]) => [name, one.default]);
    const given = { ...asTexts(Object.fromEntries(defaults)), ...inLanguage(asTexts(caller?.with), language) };

    /** The job that plans, and the job of its first build unless that fails. */
    async function run({ runner, env }: Case, inputs: Inputs = given, secrets: Inputs = SECRETS): Promise<StepResult> {
      const values = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`inputs.${name}`, value]));
      const passed = Object.entries(fillIn(asTexts(caller?.secrets), secrets)).map(([name, text]) => [
        `secrets.${name}`,
        text,
      ]);
      const all = { ...values, ...Object.fromEntries(passed) };
      const planned = await runner.run(fillIn(listSteps(called, "plan")[0] ?? {}, all), env);
      if (planned.code !== 0) {
        return planned;
      }
      const [entry = {}] = JSON.parse(planned.outputs["matrix"] ?? "{}").include as Record<string, unknown>[];
      const matrix = Object.entries(entry).map(([name, value]) => [`matrix.${name}`, String(value)]);
      return runner.run(fillIn(listSteps(called, "build")[0] ?? {}, { ...all, ...Object.fromEntries(matrix) }), env);
    }

    it("succeeds as it is", async (t) => {
      const step = await run(await open(t, language));
      assert.equal(step.code, 0, step.stdout);
      assert.equal(step.outputs["outcome"], "built");
    });

    it("says that a secret is not set, and on which line", async (t) => {
      assertTold(
        await run(await open(t, language), given, {}),
        "invalid",
        '"secret-vars"',
        "Line 1: ",
        "one that is not set",
      );
    });

    it("builds nothing when a word is misspelt that says what to do with what is unchanged", async (t) => {
      assertTold(
        await run(await open(t, language), { ...given, "if-unchanged": "skp" }),
        "invalid",
        "if-unchanged",
        '"skip"',
      );
    });

    it("plans nothing when the labels of runners are no map", async (t) => {
      assertTold(
        await run(await open(t, language), { ...given, runners: "qemu [self-hosted, kvm]" }),
        "invalid",
        "runners",
      );
    });

    it("shows a misspelt option on its line before it asks for a machine", async (t) => {
      const wrong = misspellOption("content");
      const step = await run(await open(t, language, wrong));
      assert.equal(step.outputs["result-path"], "", "a build was started");
      assertFailed(step, "invalid");
      assert.ok(step.stdout.includes(annotationOf(language, wrong, "cotent")), step.stdout);
    });
  });
}

// The real thing: workflows under act.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { needs } from "../needs.ts";
import { act, push, repository, workflow } from "./act-repository.ts";
import { LANGUAGES, type Template } from "./three-languages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const buildStep = (template: string): string => `- id: image
  uses: ./
  with:
    template: ${template}
    vars: |
      text: "it's 1.10"`;

const SHOW = `- if: always()
  run: |
    echo "outcome is \${{ steps.image.outputs.outcome }}, class is \${{ steps.image.outputs.failure-class }}"
    echo "size is \${{ fromJson(steps.image.outputs.artifacts)[0].files[0].size }}"
    echo "id is \${{ steps.image.outputs.artifact-id }}"`;

function template(script: string): Template {
  return {
    variables: { text: null },
    builders: [
      { type: "file", name: "good", target: "out/good.txt", content: "{{user `text`}}" },
      { type: "file", name: "other", target: "out/other.txt", content: "x" },
    ],
    provisioners: [{ type: "shell-local", inline: [script] }],
  };
}

for (const language of LANGUAGES) {
  const [file, step] = [language.file("t"), buildStep(language.file("t"))];
  const workflowFile = ".github/workflows/w.yml";
  const filesFor = (script: string): Readonly<Record<string, string>> => ({
    [workflowFile]: workflow(step, SHOW),
    [file]: language.print(template(script)),
  });

  describe(`action/act with ${language.name}`, () => {
    it("builds, hands its outputs to later steps and runs its post step", async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const { code, log } = await push(repository(t, filesFor("echo hello")));
      assert.equal(code, 0, log);
      assert.match(log, /outcome is built, class is $/m);
      assert.match(log, /size is 9$/m);
      assert.match(log, /Success - Post \.\//);
      assert.match(log, new RegExp(`::group::${language.build("good")}: provisioner shell-local`));
    });

    it("fails the job with an annotation, and still hands on what was built", async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const { code, log } = await push(repository(t, filesFor('test "$PACKER_BUILD_NAME" = good')));
      assert.equal(code, 1, log);
      assert.match(log, /outcome is partial, class is provisioner$/m);
      assert.match(log, /size is 9$/m);
      assert.match(log, new RegExp(`::error title=.*file=${file.replaceAll(".", "\\.")},line=\\d+`));
    });

    it("takes no command from the output of a provisioner", async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const lines = [
        "::set-output name=outcome::forged",
        "##[add-path]/evil",
        "::stop-commands::x",
        "::add-mask::hello",
      ].map((line) => `echo '${line}'`);
      const { code, log } = await push(repository(t, filesFor(lines.join("; "))));
      assert.equal(code, 0, log);
      assert.match(log, /outcome is built, class is $/m);
      assert.doesNotMatch(log, /⚙ {2}::add-path::|⚙ {2}::set-output:: outcome=forged/);
    });

    it("masks a secret in act's log too", async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const secret = "correct horse battery";
      const secretive = {
        ...template('echo "it is $SECRET"'),
        variables: { text: null },
        "sensitive-variables": ["text"],
      };
      const provisioners = [
        { type: "shell-local", environment_vars: ["SECRET={{user `text`}}"], inline: ['echo "it is $SECRET"'] },
      ];
      const steps = step.replace('"it\'s 1.10"', "$" + "{{ secrets.TEXT }}");
      const files = { [workflowFile]: workflow(steps), [file]: language.print({ ...secretive, provisioners }) };
      const { code, log } = await push(repository(t, files), ["--secret", `TEXT=${secret}`]);
      assert.equal(code, 0, log);
      assert.match(log, /it is <sensitive>/);
      assert.ok(!log.includes(secret));
    });
  });
}

describe("action/act", () => {
  it("runs the project's own example workflow", async (t) => {
    if (!needs(t, act, "git")) {
      return;
    }
    const repo = repository(t, {});
    cpSync(join(root, "examples"), join(repo, "examples"), { recursive: true });
    cpSync(join(root, ".github"), join(repo, ".github"), { recursive: true });
    const { code, log } = await push(repo, ["--workflows", ".github/workflows/examples.yml", "--job", "validate"]);
    assert.equal(code, 0, log);
    assert.match(log, /The configuration is valid\./);
  });
});

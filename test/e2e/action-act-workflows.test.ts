// The workflows of the README with a mistake, under act, as they stand there; `workflow-mistakes.test.ts` has more mistakes, and
// templates of all languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { projectRoot } from "../packer-ts.ts";
import { act, push, repository } from "./act-repository.ts";
import { LANGUAGES, type Language, placeOf, type Template } from "./three-languages.ts";

const CALLED = ".github/workflows/build-images.yml";

const TEMPLATE: Template = {
  variables: { version: "none", registry_password: "" },
  "sensitive-variables": ["registry_password"],
  builders: [{ type: "file", name: "web", target: "out/web.txt", content: "version {{user `version`}}" }],
};

const MISSPELT: Template = {
  ...TEMPLATE,
  builders: [{ type: "file", name: "web", taget: "out/web.txt", content: "x" }],
};

interface Mistake {
  readonly name: string;
  readonly what: string;
  readonly template?: Template | undefined;
  readonly write?: ((workflow: string) => string) | undefined;
  says(language: Language, text: string): RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    name: "validate",
    what: "a misspelt option",
    template: MISSPELT,
    says: (language, text) => {
      const { line } = placeOf(text, language.option("taget"));
      const file = `images/${language.file("web")}`.replaceAll(".", "\\.");
      return new RegExp(`::error title=Unsupported option .*file=${file},line=${line},.*did you mean "target"\\?`);
    },
  },
  {
    name: "release",
    what: "a misspelt input",
    write: (workflow) => workflow.replace("upload-artifacts:", "upload-artefacts:"),
    says: () => /::error title=.*"upload-artefacts".*did you mean "upload-artifacts"\?/,
  },
  {
    name: "rebuild",
    what: "a secret that is not set",
    says: () => /::error title=The input "secret-vars" .*Line 1: the variable has no value/,
  },
];

describe("action/the workflows of the README under act", { timeout: 300_000 }, () => {
  const cases = LANGUAGES.flatMap((language) => mistakes.map((mistake) => ({ language, ...mistake })));
  for (const { language, name, what, write, template = TEMPLATE, says } of cases) {
    it(`${name}.yml fails with an annotation because of ${what} (${language.name})`, async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const shown = readFileSync(join(projectRoot, `examples/workflows/${name}.yml`), "utf8");
      // What starts it is a push here, and the workflow that it calls is the one of this checkout.
      const workflow = shown
        .replace(/^on:\n(?: .*\n)+/m, "on: push\n")
        .replace(`org/packer-ts-action/${CALLED}@v1`, `./${CALLED}`)
        .replaceAll(/(\*|web)\.pkr\.hcl/g, (_, stem: string) => language.file(stem));
      const text = language.print(template);
      const repo = repository(t, {
        ".github/workflows/w.yml": write?.(workflow) ?? workflow,
        [CALLED]: readFileSync(join(projectRoot, CALLED), "utf8"),
        [`images/${language.file("web")}`]: text,
      });
      const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
      const ours = ["v1", `v${version}`].flatMap((tag) => [
        "--local-repository",
        `org/packer-ts-action@${tag}=${repo}`,
      ]);
      const { code, log } = await push(repo, ["--workflows", ".github/workflows/w.yml", ...ours]);
      assert.equal(code, 1, log);
      assert.match(log, says(language, text));
      assert.doesNotMatch(log, /outcome=built/);
    });
  }
});

// `setup`, and inputs as a real runner hands them over, under act.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { act, push, repository, workflow } from "./act-repository.ts";
import { LANGUAGES, type Template } from "./three-languages.ts";

const template: Template = { builders: [{ type: "file", name: "a", target: "out/a.txt", content: "x" }] };

const SETUP = `- id: setup
  uses: ./
  with:
    command: setup
    as-packer: true`;

for (const language of LANGUAGES) {
  it(`setup lets later steps call packer, a Makefile too (${language.name})`, async (t) => {
    if (!needs(t, act, "git", "make")) {
      return;
    }
    const file = language.file("t");
    const run = `- run: |
    packer validate ${file}
    make images
    echo "version \${{ steps.setup.outputs.version }}, made $(cat out/a.txt)"
    packer-ts version`;
    const files = {
      [file]: language.print(template),
      Makefile: `images:\n\tpacker build -force ${file}\n`,
      ".github/workflows/w.yml": workflow(SETUP, run),
    };
    const { code, log } = await push(repository(t, files));
    assert.equal(code, 0, log);
    const [, version = ""] = /version (\S+), made x$/m.exec(log) ?? [];
    assert.match(log, new RegExp(`packer-ts v${version.replaceAll(".", "\\.")}\\)`));
  });
}

describe("inputs under act", () => {
  const [language] = LANGUAGES as [(typeof LANGUAGES)[0]];
  const files = (step: string): Readonly<Record<string, string>> => ({
    [language.file("t")]: language.print(template),
    ".github/workflows/w.yml": workflow(step),
  });

  it("are refused when one is misspelt, and nothing is built", async (t) => {
    if (!needs(t, act, "git")) {
      return;
    }
    const { code, log } = await push(
      repository(t, files("- uses: ./\n  with:\n    comand: validate\n    template: t.json")),
    );
    assert.equal(code, 1, log);
    assert.match(log, /has no input "comand".*did you mean "command"/);
    assert.doesNotMatch(log, /Build 'a' finished/);
  });

  it("are not mixed up with variables of the workflow", async (t) => {
    if (!needs(t, act, "git")) {
      return;
    }
    const step = `- uses: ./\n  env:\n    INPUT_COLOUR: blue\n    DB_PASSWORD: "hush: hush #1"\n  with:\n    template: t.json\n    secret-envs: p=DB_PASSWORD`;
    const secret = { ...template, variables: { p: "" } };
    const repo = repository(t, { ...files(step), [language.file("t")]: language.print(secret) });
    const { code, log } = await push(repo);
    assert.equal(code, 0, log);
    assert.match(log, /Build 'a' finished/);
  });
});

// A run that does nothing is told, and what only looks like a mistake on a shared command line does not fail it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

const source = (name: string): string => `source "null" "${name}" {\n  communicator = "none"\n}\n`;
const two = `${source("a")}${source("b")}build {\n  name    = "deb"\n  sources = ["null.a", "null.b"]\n  post-processor "shell-local" {\n    inline = ["echo made"]\n  }\n}\n`;
const json = JSON.stringify({
  builders: ["a", "b"].map((name) => ({ type: "null", communicator: "none", name })),
});

describe("a build without sources", () => {
  const cases = {
    "an empty list": "sources = []",
    "a list that comes out empty": 'sources = [for name in var.names : "null.${name}"]',
    "no list": "",
  };
  for (const [what, line] of Object.entries(cases)) {
    it(`is refused: ${what}`, async (t) => {
      const names = 'variable "names" {\n  type    = list(string)\n  default = []\n}\n';
      const cwd = folderWith(t, { "t.pkr.hcl": `${names}${source("a")}build {\n  ${line}\n}\n` });
      for (const command of ["validate", "build"]) {
        const { code, stdout } = await packerTs([command, "t.pkr.hcl"], { cwd });
        assert.equal(code, 1, stdout);
        assert.equal(stdout.match(/\[[a-z]+\/[a-z-]+\]/g)?.join(), "[source/missing]", stdout);
      }
    });
  }

  it("may be one whose sources nobody knows yet", async (t) => {
    const cwd = folderWith(t, {
      "t.pkr.hcl": `variable "names" {\n  type = list(string)\n}\n${source("a")}build {\n  sources = var.names\n}\n`,
    });
    const { stdout } = await packerTs(["validate", "-allow-unset-vars", "t.pkr.hcl"], { cwd });
    assert.doesNotMatch(stdout, /source\/missing/);
  });

  it("is not told twice where its list holds no names", async (t) => {
    const cwd = folderWith(t, { "t.pkr.hcl": `${source("a")}build {\n  sources = [5]\n}\n` });
    const { stdout } = await packerTs(["validate", "t.pkr.hcl"], { cwd });
    assert.equal(stdout.match(/^Error:/gm)?.length, 1, stdout);
  });
});

describe("a pattern that fits nothing", () => {
  const lines: readonly (readonly [file: string, flags: readonly string[], pattern: string])[] = [
    ["t.pkr.hcl", ["-only=*.virtualbox-iso.*,*.null.*"], "*.virtualbox-iso.*"],
    ["t.pkr.hcl", ["-except=vagrant-cloud"], "vagrant-cloud"],
    ["t.pkr.hcl", ["-only", "deb.null.a", "-only", "deb.null.z"], "deb.null.z"],
    ["t.json", ["-only=a,zzz"], "zzz"],
    ["t.json", ["-except=zzz"], "zzz"],
  ];
  for (const [file, flags, pattern] of lines) {
    it(`is a warning while something is left to build: ${file} ${flags.join(" ")}`, async (t) => {
      const cwd = folderWith(t, { "t.pkr.hcl": two, "t.json": json });
      for (const command of ["validate", "build"]) {
        const { code, stdout } = await packerTs([command, ...flags, file], { cwd });
        assert.equal(code, 0, stdout);
        assert.ok(stdout.includes(`Warning: No build is named "${pattern}"  [template/unknown-build]`), stdout);
      }
    });
  }

  it("is a mistake when nothing is left, with the names there are or the pattern that was meant", async (t) => {
    const cwd = folderWith(t, { "t.pkr.hcl": two });
    const hints = {
      zzzz: "The builds are deb.null.a, deb.null.b.",
      deb: 'A name is matched as a whole; did you mean "deb.*"?',
      "null.b": 'A name is matched as a whole; did you mean "*.null.b"?',
      "dbe.null.a": 'did you mean "deb.null.a"?',
    };
    for (const [pattern, hint] of Object.entries(hints)) {
      const { code, stdout } = await packerTs(["build", `-only=${pattern}`, "t.pkr.hcl"], { cwd });
      assert.equal(code, 1);
      assert.ok(stdout.includes(`Error: No build is named "${pattern}"`) && stdout.includes(`Hint: ${hint}`), stdout);
    }
  });

  it("does not fail a template whose own mistakes keep its builds from being known", async (t) => {
    const cwd = folderWith(t, { "t.pkr.hcl": `${source("abcdef")}build {\n  sources = ["null.zzz"]\n}\n` });
    const { stdout } = await packerTs(["validate", "-only=null.zzz", "t.pkr.hcl"], { cwd });
    assert.equal(stdout.match(/^Error: .*/gm)?.join(), "Error: Unknown source null.zzz  [source/unknown]", stdout);
  });
});

describe("a selection that leaves nothing", () => {
  for (const [file, flag] of [
    ["t.pkr.hcl", "-except=*"],
    ["t.pkr.hcl", "-except=deb.null.*"],
    ["t.json", "-except=a,b"],
  ] as const) {
    it(`is a mistake: ${file} ${flag}`, async (t) => {
      const cwd = folderWith(t, { "t.pkr.hcl": two, "t.json": json });
      for (const command of ["validate", "build"]) {
        const { code, stdout } = await packerTs([command, flag, file], { cwd });
        assert.equal(code, 1, stdout);
        assert.match(
          stdout,
          /Error: No builds to run {2}\[template\/nothing-selected\]\n {2}All 2 builds are left out/,
        );
      }
      assert.equal((await packerTs(["plan", flag, file], { cwd })).code, 0);
    });
  }
});

describe("names in only and except of a part", () => {
  const hints: readonly (readonly [name: string, hint: string])[] = [
    ["null.old", 'This build gives it another name; write "null.new".'],
    ["source.null.a", 'did you mean "null.a"?'],
    ["deb.null.a", 'did you mean "null.a"?'],
    ["a", 'did you mean "null.a"?'],
    ["null.*", "Patterns are for -only and -except; name the sources one by one: null.a, null.new."],
    ["qemu.zzzzzz", "Its sources are null.a, null.new."],
  ];
  for (const [name, hint] of hints) {
    it(`are told when no source of the build has them: ${name}`, async (t) => {
      const build = `build {\n  name    = "deb"\n  sources = ["null.a"]\n  source "null.old" {\n    name = "new"\n  }\n  provisioner "shell-local" {\n    only   = ["${name}"]\n    inline = ["x"]\n  }\n}\n`;
      const cwd = folderWith(t, { "t.pkr.hcl": `${source("a")}${source("old")}${build}` });
      const { code, stdout } = await packerTs(["validate", "t.pkr.hcl"], { cwd });
      assert.equal(code, 0);
      assert.ok(stdout.includes(`Warning: This build has no source "${name}"`), stdout);
      assert.ok(stdout.includes(`Hint: ${hint}\n`), stdout);
    });
  }
});

describe("a variable in a file that the template does not declare", () => {
  const files = {
    "t.pkr.hcl": `variable "region" {\n  default = "eu"\n}\n${source("a")}build {\n  sources = ["null.a"]\n}\n`,
    "v.pkrvars.hcl": 'regoin = "us"\n',
    "v.json": '{ "regoin": "us" }',
    "in/t.pkr.hcl": `variable "region" {\n  default = "eu"\n}\n${source("a")}build {\n  sources = ["null.a"]\n}\n`,
    "in/x.auto.pkrvars.hcl": 'regoin = "us"\n',
  };
  for (const args of [["-var-file=v.pkrvars.hcl", "t.pkr.hcl"], ["-var-file=v.json", "t.pkr.hcl"], ["in"]]) {
    it(`is told by validate, and by build when asked for: ${args.join(" ")}`, async (t) => {
      const cwd = folderWith(t, files);
      const warned = async (...line: string[]): Promise<boolean> => {
        const { code, stdout } = await packerTs([...line, ...args], { cwd });
        assert.equal(code, 0, stdout);
        return /Warning: Undefined variable[\s\S]*regoin[\s\S]*did you mean "region"\?/.test(stdout);
      };
      assert.deepEqual(
        [
          await warned("validate"),
          await warned("validate", "-no-warn-undeclared-var"),
          await warned("build"),
          await warned("build", "-warn-on-undeclared-var"),
        ],
        [true, false, false, true],
      );
    });
  }
});

describe("inspect", () => {
  const template = `variable "n" {\n  type    = number\n  default = 1\n  validation {\n    condition     = var.n > 0\n    error_message = "Positive."\n  }\n}\nvariable "needed" {}\n${source("a")}build {\n  sources = ["null.a"]\n}\n`;
  const wrong: readonly (readonly [args: readonly string[], code: string])[] = [
    [["-var-file=gone.pkrvars.hcl"], "template/unreadable"],
    [["-var-file=broken.pkrvars.hcl"], "hcl/missing-expression"],
    [["-var-file=text.pkrvars.hcl"], "variable/wrong-type"],
    [["-var-file=text.txt"], "variable/file"],
    [["-var=nope=1"], "variable/undeclared"],
    [["-var", "n=many"], "variable/wrong-type"],
  ];
  const files = {
    "t.pkr.hcl": template,
    "broken.pkrvars.hcl": "n =\n",
    "text.pkrvars.hcl": 'n = "many"\n',
    "text.txt": "n = 2\n",
  };
  for (const [args, code] of wrong) {
    it(`refuses values that cannot be what was meant: ${args.join(" ")}`, async (t) => {
      const ended = await packerTs(["inspect", ...args, "t.pkr.hcl"], { cwd: folderWith(t, files) });
      assert.equal(ended.code, 1);
      assert.ok(ended.stdout.includes(`[${code}]`), ended.stdout);
      assert.doesNotMatch(ended.stdout, /input-variables/);
    });
  }

  it("shows variables without a value, and values that a validation refuses", async (t) => {
    const { code, stdout } = await packerTs(["inspect", "-var=n=-1", "t.pkr.hcl"], { cwd: folderWith(t, files) });
    assert.equal(code, 0);
    assert.match(stdout, /var\.n: "-1"\nvar\.needed: "<unknown>"/);
  });
});

const files: Template = {
  builders: ["one", "two"].map((name) => ({ type: "file", name, target: `${name}.txt`, content: "x" })),
};

for (const language of LANGUAGES) {
  describe(`the inputs only and except: ${language.name}`, () => {
    it("fail before anything is built when a name of only is misspelt", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, files);
      const only = `${language.build("one")}\n${language.build("tow")}`;
      const { code, outputs, stdout } = await runner.run({ template, only });
      assert.equal(code, 1, stdout);
      assert.match(stdout, /No build is named "(file\.)?tow"/);
      assert.deepEqual(JSON.parse(outputs["artifacts"] ?? "[]"), []);
    });

    it("go on with a warning when a name of except fits nothing", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, files);
      const except = `${language.build("one")}\nvagrant-cloud`;
      const { code, outputs, stdout } = await runner.run({ template, except });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /::warning [^\n]*No build is named "vagrant-cloud"/);
      assert.equal(JSON.parse(outputs["artifacts"] ?? "[]").length, 1);
    });

    it("fail when they leave nothing, of one template and of several", async (t) => {
      const runner = fakeRunner(t);
      const first = writeTemplate(runner, language, files);
      const more = writeTemplate(
        runner,
        language,
        { builders: [{ ...files.builders[0], type: "file", name: "six" }] },
        "u",
      );
      const all = ["one", "two", "six"].map((name) => language.build(name)).join("\n");
      for (const template of [first, `${first}\n${more}`]) {
        const { code, stdout } = await runner.run({ template, except: all });
        assert.equal(code, 1, stdout);
        assert.match(stdout, /No builds to run/);
      }
      const some = await runner.run({ template: `${first}\n${more}`, except: language.build("six") });
      assert.equal(some.code, 0, some.stdout);
      assert.doesNotMatch(some.stdout, /No builds to run/);
    });
  });
}

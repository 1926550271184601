// Secrets with something wrong in them: what is said about the mistake shows no part of them.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

/** No run of characters of the secret, so that no shortened form of it counts as hidden. */
function showsNoPart(shown: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    for (let at = 0; at + 6 <= secret.length; at++) {
      const part = secret.slice(at, at + 6);
      assert.ok(!shown.includes(part), `${JSON.stringify(part)} of ${JSON.stringify(secret)} is in\n${shown}`);
    }
  }
}

const LONG = Array.from({ length: 30 }, (_, i) => `q${i}zk7`).join("");

const BROKEN: Readonly<Record<string, readonly [input: string, ...secrets: string[]]>> = {
  "begins with @": [`p: @${LONG}`, LONG],
  "begins with a backtick": [`p: \`${LONG}`, LONG],
  "begins with %": [`p: %${LONG}`, LONG],
  "has a colon": [`p: ${LONG}: ${LONG.toUpperCase()}`, LONG, LONG.toUpperCase()],
  "has an open quote": [`p: "${LONG}`, LONG],
  "has an open bracket": [`p: [${LONG}`, LONG],
  "is an alias": [`p: *${LONG}`, LONG],
  "is an alias in a list": [`p: [*${LONG}]`, LONG],
  "is a tag": [`p: !<${LONG}`, LONG],
  "is given twice": [`p: ${LONG}\np: ${LONG.toUpperCase()}`, LONG, LONG.toUpperCase()],
  "has several lines": [`p: -----BEGIN X-----\nMIIEvQ${LONG}\n-----END X-----`, LONG],
  "has no name": [LONG, LONG],
  "is KEY=VALUE": [`p=${LONG}`, LONG],
  "is broken JSON": [`{"p": "${LONG}", "q": }`, LONG],
  "is a list": [`- ${LONG}`, LONG],
};

const ONE_SECRET: Template = {
  variables: { p: "" },
  "sensitive-variables": ["p"],
  builders: [{ type: "file", name: "a", target: "o", content: "x" }],
};

for (const language of LANGUAGES) {
  describe(`secrets in the inputs of the action with ${language.name}`, () => {
    for (const [what, [text, ...secrets]] of Object.entries(BROKEN)) {
      for (const input of ["secret-vars", "vars"]) {
        it(`are shown in no part when one of ${input} ${what}`, async (t) => {
          const runner = fakeRunner(t);
          const template = writeTemplate(runner, language, ONE_SECRET);
          const result = await runner.run({ command: "validate", template, [input]: text, sarif: "x.sarif" });
          const shown = [
            result.stdout.replace(/^::add-mask::.*$/gm, ""),
            result.stderr,
            result.summary,
            JSON.stringify(result.outputs),
          ];
          showsNoPart(shown.join("\n"), secrets);
          if (/BEGIN|twice/.test(text)) {
            assert.match(result.stdout, /Line \d+: .* was expected/);
          }
          const masks = result.stdout.split("\n").filter((line) => line.startsWith("::add-mask::"));
          if (input === "secret-vars" && !text.includes("!<")) {
            for (const secret of secrets) {
              assert.ok(
                masks.some((mask) => mask.includes(secret)),
                "GitHub is told, too",
              );
            }
          }
        });
      }
    }

    it("say on which line the mistake is", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, ONE_SECRET);
      const inputs = { command: "validate", template, "secret-vars": `a: fine\nb @${LONG}` };
      const { stdout } = await runner.run(inputs);
      assert.match(stdout, /Line 2: a name with a value was expected/);
    });
  });
}

const HCL = `variable "word" {
  type      = string
  sensitive = true
  default   = "ok"
  validation {
    condition     = length(var.word) < 12
    error_message = "Too long."
  }
}
variable "number" {
  type      = number
  sensitive = true
  default   = 1
}
variable "list" {
  type      = list(number)
  sensitive = true
  default   = []
}
variable "map" {
  type      = map(number)
  sensitive = true
  default   = {}
}
source "file" "x" {
  content = "\${var.word}"
  target  = "out.txt"
}
build {
  sources = ["file.x"]
}
`;

describe("secrets given to sensitive variables", () => {
  const S = "w0rd5ecret9";
  const flags: Readonly<Record<string, string>> = {
    "a number": `number=${S}`,
    "a list": `list=${S}`,
    "a list with a text": `list=["${S}"]`,
    "a broken list": `list={"${S}"}`,
    "a list without commas": `list=[1 ${S}]`,
    "a map without values": `map={ key 12${S} }`,
    "an open list": `list=["${S}`,
    "a map": `map={ key = "${S}" }`,
    "a map that is a list": `map=["${S}"]`,
    "a text that is refused": `word=${S}${LONG}`,
  };
  for (const [what, flag] of Object.entries(flags)) {
    it(`are not shown when ${what} is not what was wanted, from a flag or the environment (HCL2)`, async (t) => {
      const folder = folderWith(t, { "t.pkr.hcl": HCL });
      const [name = "", ...value] = flag.split("=");
      for (const machine of [[], ["-machine-readable"]]) {
        const byFlag = await packerTs([...machine, "validate", "-var", flag, "t.pkr.hcl"], { cwd: folder });
        const byEnv = await packerTs([...machine, "validate", "t.pkr.hcl"], {
          cwd: folder,
          env: { [`PKR_VAR_${name}`]: value.join("=") },
        });
        for (const { code, stdout, stderr } of [byFlag, byEnv]) {
          assert.equal(code, 1);
          showsNoPart(stdout + stderr, [S]);
        }
      }
    });
  }

  const files: Readonly<Record<string, string>> = {
    "has the wrong type": `number = "${S}"`,
    "is in a list": `list = [1, "${S}"]`,
    "is in a list of several lines": `list = [\n  1,\n  "${S}",\n]`,
    "is in a map": `map = {\n  key = "${S}"\n}`,
    "is unquoted": `word = ${S}`,
    "is unquoted and begins as a number does": `word = 12${S}`,
    "begins with an exponent": `number = 1e5${S}`,
    "is in two words": `word = gateway ${S}`,
    "goes on behind its quotes": `word = "gateway"${S}`,
    "looks like a directive": `word = "gateway%{${S}}"`,
    "looks like a heredoc": `word = <<${S}`,
    "has an open quote": `word = "${S}`,
    "is in an open heredoc": `word = <<E\n${S}`,
    "calls a function": `word = upper("${S}")`,
    "is for a misspelt name": `wrod = "${S}"\nnumber = "x"`,
    "is on a line with another mistake": `word = "${S}" )`,
    "is far too long for a line": `number = "${S}${LONG}" )`,
  };
  for (const [what, text] of Object.entries(files)) {
    it(`are not shown when one in a file ${what} (HCL2)`, async (t) => {
      for (const name of ["v.pkrvars.hcl", "v.auto.pkrvars.hcl"]) {
        const folder = folderWith(t, { "t.pkr.hcl": HCL, [name]: text });
        const given = name.includes("auto") ? ["validate", "."] : ["validate", "-var-file", name, "t.pkr.hcl"];
        const { stdout, stderr } = await packerTs(given, { cwd: folder });
        showsNoPart(stdout + stderr, [S]);
      }
    });
  }

  const defaults: Readonly<Record<string, string>> = {
    "of the wrong type": `type = number\n  sensitive = true\n  default = "${S}"`,
    "in an open quote": `sensitive = true\n  default = "${S}`,
    "of a variable whose flag is misread": `sensitive = "yes"\n  type = number\n  default = "${S}"`,
    "that cannot be converted in part": `sensitive = true\n  type = list(number)\n  default = ["${S}"]`,
  };
  for (const [what, body] of Object.entries(defaults)) {
    it(`are not shown as a default ${what} (HCL2)`, async (t) => {
      const folder = folderWith(t, { "t.pkr.hcl": `variable "p" {\n  ${body}\n}\n${HCL}` });
      const { code, stdout, stderr } = await packerTs(["validate", "t.pkr.hcl"], { cwd: folder });
      assert.equal(code, 1);
      showsNoPart(stdout + stderr, [S]);
    });
  }

  it("are not shown turned round by a function that fails", async (t) => {
    const folder = folderWith(t, { "t.pkr.hcl": `${HCL}\nlocals {\n  x = parseint(strrev(var.word), 10)\n}\n` });
    const { code, stdout, stderr } = await packerTs(["validate", "-var", `word=${S}`, "t.pkr.hcl"], { cwd: folder });
    assert.equal(code, 1);
    assert.match(stdout, /Call|Invalid function argument/);
    showsNoPart(stdout + stderr, [S, [...S].reverse().join("")]);
  });

  const legacy: Readonly<Record<string, string>> = {
    "is a list": `{ "p": ["${S}"] }`,
    "is a list of several lines": `{\n  "p": [\n    "${S}"\n  ]\n}`,
    "is an object": `{ "p": { "a": "${S}" } }`,
    "is a number": `{ "p": 48291057 }`,
    "has an open quote": `{ "p": "${S} }`,
    "is unquoted": `{ "p": ${S} }`,
    "is in single quotes": `{ 'p': '${S}' }`,
    "is followed by a mistake": `{ "p": "${S}", }`,
  };
  for (const language of ["t.json", "t.yaml"]) {
    for (const [what, text] of Object.entries(legacy)) {
      it(`are not shown when one in a file ${what} (${language})`, async (t) => {
        const template = JSON.stringify({
          variables: { p: "" },
          "sensitive-variables": ["p"],
          builders: [{ type: "file", target: "o", content: "{{user `p`}}" }],
        });
        for (const file of ["v.json", "v.yaml"]) {
          const folder = folderWith(t, { [language]: template, [file]: text });
          const { stdout, stderr } = await packerTs(["validate", "-var-file", file, language], { cwd: folder });
          showsNoPart(stdout + stderr, [S, "48291057"]);
        }
      });
    }
  }

  it("are not shown in a broken template (JSON)", async (t) => {
    const folder = folderWith(t, {
      "t.json": `{\n  "sensitive-variables": ["p"],\n  "variables": { "p": "${S}" "q": "" },\n  "builders": []\n}`,
    });
    const { stdout, stderr } = await packerTs(["validate", "t.json"], { cwd: folder });
    showsNoPart(stdout + stderr, [S]);
  });

  it("are not shown in an option for secrets with a value of the wrong type (JSON)", async (t) => {
    const folder = folderWith(t, {
      "t.json": JSON.stringify(
        { builders: [{ type: "docker", image: "x", commit: true, login: true, login_password: { a: S } }] },
        undefined,
        2,
      ),
    });
    const { stdout, stderr } = await packerTs(["validate", "t.json"], { cwd: folder });
    showsNoPart(stdout + stderr, [S]);
  });
});

describe("the debug log", () => {
  for (const secret of [`Qu0te'd "word" x7`, "back\\slash'9 k2", "two\nlines'4 z"]) {
    it(`hides ${JSON.stringify(secret)} in what it encodes, and belongs to its owner`, async (t) => {
      const folder = folderWith(t, {
        "t.pkr.hcl": `variable "s" {\n  sensitive = true\n}\nsource "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n  provisioner "shell-local" {\n    environment_vars = ["S=\${var.s}"]\n    inline = ["echo \\"$S\\" >&2", "exit 3"]\n  }\n}\n`,
      });
      const log = join(folder, "debug.log");
      writeFileSync(log, "", { mode: 0o644 });
      await packerTs(["build", "t.pkr.hcl"], {
        cwd: folder,
        env: { PACKER_LOG: "1", PACKER_LOG_PATH: log, PKR_VAR_s: secret },
      });
      const text = readFileSync(log, "utf8");
      assert.match(text, /started: |ran /);
      showsNoPart(text, secret.split("\n"));
      assert.equal(statSync(log).mode & 0o777, 0o600);
    });
  }
});

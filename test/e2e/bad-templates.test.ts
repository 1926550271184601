// Templates as people get them wrong: every mistake at once, each at its place, and never a stack trace.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";

const GOOD = '"builders":[{"type":"null","communicator":"none"}]';

/** Code and place of every error and warning that was shown: `code line:column`. */
function shown(output: string): string[] {
  const found: string[] = [];
  let code = "";
  for (const line of output.split("\n")) {
    const heading = /^(?:Error|Warning): .*\[([a-z-]+\/[a-z0-9-]+)\]$/.exec(line);
    const place = /^ {2}on .* line (\d+), column (\d+)/.exec(line);
    if (heading !== null) {
      if (code !== "") {
        found.push(code);
      }
      code = heading[1] ?? "";
    } else if (place !== null && code !== "") {
      found.push(`${code} ${place[1]}:${place[2]}`);
      code = "";
    }
  }
  if (code !== "") {
    found.push(code);
  }
  return found;
}

describe("e2e/bad templates", () => {
  const cases: readonly (readonly [what: string, template: string, expected: readonly string[]])[] = [
    ["a misspelt root key", `{${GOOD},"provisoners":[]}`, ["template/unknown-root-key 1:53"]],
    ["a misspelt builder type", '{"builders":[{"type":"dokcer"}]}', ["component/unknown 1:22"]],
    ["a misspelt provisioner type", `{${GOOD},"provisioners":[{"type":"shel-local"}]}`, ["component/unknown 1:77"]],
    ["a misspelt post-processor", `{${GOOD},"post-processors":["manifst"]}`, ["component/unknown 1:72"]],
    [
      "an option nobody knows",
      `{${GOOD},"provisioners":[{"type":"shell-local","inlin":["x"]}]}`,
      ["option/unknown 1:91"],
    ],
    ["a missing required option", '{"builders":[{"type":"file"}]}', ["option/missing 1:22", "option/doubtful 1:22"]],
    ["a builder without a type", '{"builders":[{"name":"x"}]}', ["template/missing-type 1:14"]],
    [
      "exclusive options together",
      `{${GOOD},"provisioners":[{"type":"shell-local","inline":["x"],"script":"y"}]}`,
      ["option/conflict 1:91", "option/invalid 1:115"],
    ],
    [
      "a bad duration",
      `{${GOOD},"provisioners":[{"type":"shell-local","inline":["x"],"pause_before":"soon"}]}`,
      ["option/duration 1:121"],
    ],
    [
      "an unknown build in only",
      `{${GOOD},"provisioners":[{"type":"shell-local","inline":["x"],"only":["nul"]}]}`,
      ["template/unknown-build 1:114"],
    ],
    [
      "a template function that does not exist",
      `{${GOOD},"provisioners":[{"type":"shell-local","inline":["{{ uper \`x\` }}"]}]}`,
      ["gotemplate/unknown-function 1:105"],
    ],
    [
      "an action that is never closed",
      `{${GOOD},"provisioners":[{"type":"shell-local","inline":["a {{ user"]}]}`,
      ["gotemplate/unclosed-action 1:104"],
    ],
    ["a required variable without a value", `{"variables":{"a":null},${GOOD}}`, ["variable/required 1:15"]],
    [
      "a variable that refers to nothing",
      `{"variables":{"a":"{{user \`b\`}}"},${GOOD}}`,
      ["gotemplate/function-failed 1:27"],
    ],
    [
      "variables in a circle",
      `{"variables":{"a":"{{user \`b\`}}","b":"{{user \`a\`}}"},${GOOD}}`,
      ["gotemplate/function-failed 1:27", "gotemplate/function-failed 1:46"],
    ],
    [
      "env outside of variables",
      `{${GOOD},"provisioners":[{"type":"shell-local","inline":["{{env \`HOME\`}}"]}]}`,
      ["gotemplate/function-failed 1:104"],
    ],
    [
      "a script that does not exist",
      `{${GOOD},"provisioners":[{"type":"shell-local","script":"nope.sh"}]}`,
      ["option/invalid 1:100"],
    ],
    ["no builders", "{}", ["template/no-builders"]],
    ["a number for a variable", `{"variables":{"a":5},${GOOD}}`, ["template/wrong-type 1:19"]],
    ["a newer minimum version", `{"min_packer_version":"99.0.0",${GOOD}}`, ["template/version 1:23"]],
  ];
  for (const [what, template, expected] of cases) {
    it(`reports ${what} with its place and the source line`, async (t) => {
      const cwd = folderWith(t, { "t.json": template });
      const { code, stdout, stderr } = await packerTs(["validate", "t.json"], { cwd });
      assert.deepEqual(shown(stdout), expected, stdout);
      assert.equal(code, 1);
      assert.equal(stderr, "");
      assert.doesNotMatch(stdout, /\n\s+at .*:\d+:\d+/);
      if (expected.some((one) => / \d/.test(one))) {
        assert.match(stdout, /\n +\^+\n/);
      }
    });
  }

  it("reports mistakes of every kind in one run", async (t) => {
    const template = `{
  "variables": { "greeting": "{{user \`nmae\`}}" },
  "builders": [{ "type": "null", "communicator": "nome" }, { "type": "fil", "target": "x" }],
  "provisioners": [{ "type": "shell", "inlien": ["x"] }, { "typ": "file" }],
  "post-procesors": ["manifest"]
}`;
    const { stdout } = await packerTs(["validate", "t.json"], { cwd: folderWith(t, { "t.json": template }) });
    assert.deepEqual(
      shown(stdout),
      [
        "template/unknown-root-key 5:3",
        "template/missing-type 4:58",
        "gotemplate/function-failed 2:38",
        "option/value 3:50",
        "component/unknown 3:70",
        "option/unknown 4:39",
      ],
      stdout,
    );
  });

  it("suggests what was meant", async (t) => {
    const { stdout } = await packerTs(["validate", "t.json"], {
      cwd: folderWith(t, { "t.json": '{"builders":[{"type":"null","comunicator":"none"}]}' }),
    });
    assert.match(stdout, /Hint: did you mean "communicator"\?/);
  });

  it("suggests words that all provisioners have, in both languages", async (t) => {
    const provisioners = '"provisioners":[{"type":"shell-local","inline":["x"],"pause_befor":"1s"}]';
    const cwd = folderWith(t, {
      "t.json": `{"builders":[{"type":"null","communicator":"none"}],${provisioners}}`,
      "t.pkr.hcl": `source "null" "n" {
  communicator = "none"
}
build {
  sources = ["null.n"]
  provisioner "shell-local" {
    inline      = ["x"]
    max_retrys  = 2
  }
}
`,
    });
    assert.match((await packerTs(["validate", "t.json"], { cwd })).stdout, /Hint: did you mean "pause_before"\?/);
    assert.match((await packerTs(["validate", "t.pkr.hcl"], { cwd })).stdout, /Hint: did you mean "max_retries"\?/);
  });

  it("refuses a build name that is not there and names the nearest", async (t) => {
    const cwd = folderWith(t, { "t.json": `{${GOOD}}` });
    const { code, stdout } = await packerTs(["build", "-only=nul", "t.json"], { cwd });
    assert.equal(code, 1);
    assert.match(stdout, /No build is named "nul"[\s\S]*did you mean "null"\?/);
  });

  const files: readonly (readonly [what: string, content: string | Uint8Array, expected: RegExp])[] = [
    ["an empty file", "", /The template is empty/],
    ["a file that is not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), /t\.json is not UTF-8/],
    ["a file of 50 MB", new Uint8Array(50 * 1024 * 1024).fill(32), /t\.json is too large[\s\S]*50 MiB/],
    ["a file of text", "hello", /hello is no value/],
  ];
  for (const [what, content, expected] of files) {
    it(`refuses ${what} in words`, async (t) => {
      for (const command of ["validate", "inspect", "build"]) {
        const { code, stdout, stderr } = await packerTs([command, "t.json"], {
          cwd: folderWith(t, { "t.json": content }),
        });
        assert.equal(code, 1);
        assert.match(stdout, expected);
        assert.equal(stderr, "");
      }
    });
  }

  it("refuses a file that is not there, and a folder without a template", async (t) => {
    const cwd = folderWith(t, {});
    mkdirSync(join(cwd, "empty"));
    assert.match(
      (await packerTs(["validate", "nope.json"], { cwd })).stdout,
      /stat nope\.json: no such file or directory/,
    );
    const folder = await packerTs(["validate", "empty"], { cwd });
    assert.match(folder.stdout, /Could not find any config file in empty/);
    assert.equal(folder.code, 1);
  });

  it("points into a file of variables", async (t) => {
    const cwd = folderWith(t, { "t.json": `{${GOOD}}`, "v.json": '{\n  "a": 5,\n}', "v.yaml": "a: [1\n" });
    const json = await packerTs(["validate", "-var-file=v.json", "t.json"], { cwd });
    assert.deepEqual(shown(json.stdout), ["json/trailing-comma 2:9", "variable/wrong-type 2:8"]);
    const yaml = await packerTs(["validate", "-var-file=v.yaml", "t.json"], { cwd });
    assert.equal(yaml.code, 1);
    assert.match(yaml.stdout, /\[yaml\/syntax\]/);
  });

  it("reads the same shape in YAML, with places", async (t) => {
    const cwd = folderWith(t, {
      "t.yaml": "builders:\n  - type: null\n    communicator: none\n",
      "good.yml": "builders:\n  - type: 'null'\n    communicator: none\n    comunicator: x\n",
    });
    assert.deepEqual(shown((await packerTs(["validate", "t.yaml"], { cwd })).stdout), ["template/missing-type 2:11"]);
    assert.deepEqual(shown((await packerTs(["validate", "good.yml"], { cwd })).stdout), ["option/unknown 4:5"]);
  });

  it("reads a template from standard input", async () => {
    const good = await packerTs(["validate", "-"], { input: `{${GOOD}}` });
    assert.equal(good.stdout, "The configuration is valid.\n");
    const bad = await packerTs(["validate", "-"], { input: "{" });
    assert.match(bad.stdout, /on <stdin> line 1, column 1/);
  });
});

// The right reader explains: content and name that do not fit, one message for one mistake, and all mistakes in one run.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import { folderWith } from "../packer-ts.ts";
import { type Loading, planOf } from "./plan-view.ts";

const HCL = 'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n}\n';
const JSON_TEMPLATE = '{ "builders": [{ "type": "null", "communicator": "none" }] }\n';
const HCL_JSON = '{ "source": { "null": { "a": { "communicator": "none" } } }, "build": { "sources": ["null.a"] } }\n';
const YAML = "builders:\n  - type: file\n    target: x\n    content: x\n";

async function found(
  test: TestContext,
  path: string,
  text: string,
  more: Partial<Loading> & { readonly files?: Readonly<Record<string, string>> } = {},
): Promise<readonly Diagnostic[]> {
  const { files = {}, ...loading } = more;
  const cwd = folderWith(test, { [path]: text, ...files });
  return (await planOf({ path, cwd, ...loading })).diagnostics;
}

function brief({ code, subject, hint }: Diagnostic): string {
  const place = subject === undefined ? "" : ` ${subject.start.line}:${subject.start.column}`;
  return `${code}${place}${hint === undefined ? "" : ` | ${hint}`}`;
}

const errors = (all: readonly Diagnostic[]): readonly Diagnostic[] =>
  all.filter(({ severity }) => severity === "error");

describe("a template whose name does not fit its content", () => {
  const cases: readonly (readonly [path: string, text: string, looks: string, hint: string])[] = [
    ["web.hcl", HCL, "an HCL2 template", "name it web.pkr.hcl"],
    ["web.pkr", HCL, "an HCL2 template", "name it web.pkr.hcl"],
    ["web.json", `# written by hand\n${HCL}`, "an HCL2 template", "name it web.pkr.hcl"],
    ["web.pkr.hcl.txt", HCL, "an HCL2 template", "name it web.pkr.hcl"],
    ["WEB.PKR.HCL", HCL, "an HCL2 template", "name it WEB.pkr.hcl"],
    ["web.yaml", HCL, "an HCL2 template", "name it web.pkr.hcl"],
    ["web.pkr.json", JSON_TEMPLATE, "a JSON template", "name it web.json"],
    ["web.pkr.hcl", JSON_TEMPLATE, "a JSON template", "name it web.json"],
    ["web.json", HCL_JSON, "an HCL2 template in JSON syntax", "name it web.pkr.json"],
    ["web.pkr.hcl", HCL_JSON, "an HCL2 template in JSON syntax", "name it web.pkr.json"],
    ["web.json", YAML, "a YAML template", "name it web.yaml"],
    ["web.pkr.hcl", YAML, "a YAML template", "name it web.yaml"],
    [
      "web.json",
      'region = "eu"\nsize = 3\n',
      "HCL2 variables",
      "give files of variables with -var-file, beside a template",
    ],
    [
      "web.json",
      "\n<!DOCTYPE html>\n<html></html>\n",
      "a page of HTML or XML",
      "this is most likely a web page about the file; download the file itself",
    ],
  ];
  for (const [path, text, looks, hint] of cases) {
    it(`is one mistake with its mending: ${looks} in ${path}`, async (t) => {
      const all = await found(t, path, text);
      assert.deepEqual(
        all.map(({ code, summary, hint: said }) => [code, summary.split(",")[0], said]),
        [["template/language", `This looks like ${looks}`, hint]],
      );
    });
  }

  it("is told of standard input with the flag for it", async (t) => {
    const readStdin = async (): Promise<Uint8Array> => Buffer.from(HCL);
    const [one] = await found(t, "unused", "", { path: "-", readStdin });
    assert.deepEqual([one?.code, one?.hint], ["template/language", "say so with -config-type=hcl2"]);
  });

  it("is not suspected of what is only broken", async (t) => {
    const broken = await found(t, "web.json", '{ "builders": [{ "type": "null", }] }\n');
    assert.deepEqual(broken.map(({ code }) => code)[0], "json/trailing-comma");
    const hcl = await found(t, "web.pkr.hcl", 'source "null" "a" {\n  communicator = \n}\n');
    assert.deepEqual(
      hcl.map(({ code }) => code),
      ["hcl/missing-expression"],
    );
  });
});

describe("a file of variables that is none", () => {
  const text = `variable "region" {\n  default = ""\n}\n${HCL}`;
  const legacy = `{ "variables": { "region": "" }, ${JSON_TEMPLATE.slice(1)}`;
  const cases: readonly (readonly [template: string, path: string, file: string, content: string, expected: string])[] =
    [
      [
        legacy,
        "t.json",
        "v.hcl",
        'region = "eu"\n',
        'variable/file 1:1 | a template in JSON or YAML takes its variables in these languages too: write { "name": "value" }',
      ],
      [
        legacy,
        "t.json",
        "v.json",
        JSON_TEMPLATE,
        'variable/file 1:1 | a file of variables holds values alone, such as { "name": "value" }',
      ],
      [
        legacy,
        "t.json",
        "v.json",
        HCL,
        'variable/file 1:1 | a file of variables holds values alone, such as { "name": "value" }',
      ],
      [text, "t.pkr.hcl", "v.json", 'region = "eu"\n', "variable/file 1:1 | name it v.pkrvars.hcl"],
      [text, "t.pkr.hcl", "v.pkrvars.hcl", '{ "region": "eu" }\n', "variable/file 1:1 | name it v.pkrvars.json"],
      [
        text,
        "t.pkr.hcl",
        "v.json",
        JSON_TEMPLATE,
        'variable/file 1:1 | a file of variables holds values alone, such as { "name": "value" }',
      ],
      [text, "t.pkr.hcl", "v.hcl", 'variable "region" {\n}\n', "variable/file 1:1 | write region = value"],
      [text, "t.pkr.hcl", "v.hcl", "locals {\n  a = 1\n}\n", "hcl/unexpected-block 1:1 | write name = value"],
      [text, "t.pkr.hcl", "v.hcl", "region {\n  a = 1\n}\n", "hcl/unexpected-block 1:1 | write region = { … }"],
    ];
  for (const [template, path, file, content, expected] of cases) {
    it(`is one mistake with its mending: ${file} for ${path}, ${JSON.stringify(content.slice(0, 20))}`, async (t) => {
      const all = await found(t, path, template, { files: { [file]: content }, varFiles: [file] });
      assert.deepEqual(errors(all).map(brief), [expected]);
      assert.equal(all[0]?.subject?.filename, file);
    });
  }

  it("may be written in YAML for a template in any language", async (t) => {
    const hcl = `variable "size" {\n  type = string\n}\nvariable "tags" {\n  type = list(string)\n}\nvariable "count" {\n  type = number\n}\nsource "file" "a" {\n  target  = "x"\n  content = "$${'{var.size} ${join("+", var.tags)} ${var.count + 1}'}"\n}\nbuild {\n  sources = ["file.a"]\n}\n`;
    const files = { "v.yaml": 'size: 12\ntags: [a, 7, "1.10"]\ncount: 3\n' };
    const cwd = folderWith(t, { "t.pkr.hcl": hcl, ...files });
    const { diagnostics, plan } = await planOf({ path: "t.pkr.hcl", cwd, varFiles: ["v.yaml"] });
    assert.deepEqual(diagnostics, []);
    const prepared = await plan.builds[0]?.builder.prepare();
    assert.match(JSON.stringify(prepared?.config), /"content":"12 a\+7\+1\.10 4"/);
  });
});

describe("one mistake of a JSON template", () => {
  const parts = (inside: string): string =>
    `{\n  "builders": [{ "type": "null", "communicator": "none" }],\n${inside}\n}\n`;
  const cases: readonly (readonly [what: string, text: string, expected: string])[] = [
    [
      "a template without quotes",
      parts(
        '  "provisioners": [{ "type": "shell-local", "inline": [{{ user `x` }}, "b"] }],\n  "variables": { "x": "" }',
      ),
      'json/bad-word 3:56 | Put it in double quotes: "{{ user `x` }}".',
    ],
    [
      "a template without quotes, with text after it",
      parts('  "variables": { "x": "", "y": {{ user `x` }}/bin }'),
      'json/bad-word 3:32 | Put it in double quotes: "{{ user `x` }}/bin".',
    ],
    [
      "a line end inside a text",
      parts('  "description": "one\n     and two",\n  "variables": {}'),
      "json/control-character 3:18 | Write the line end as \\n, with the whole string on one line.",
    ],
    [
      "no-break spaces all over",
      parts('\u00a0\u00a0"description": "x",\n\u00a0\u00a0"variables":\u00a0{}'),
      "json/unexpected 3:1 | Replace it, and all others like it, with plain spaces.",
    ],
    ["a text that is not closed", parts('  "description": "one,\n  "variables": {}'), "json/unclosed-string 3:18"],
    [
      "a brace that is missing",
      parts('  "provisioners": [{ "type": "shell-local", "inline": ["x"] ]'),
      "json/unclosed 3:61",
    ],
    [
      "a bracket that is missing",
      parts('  "provisioners": [{ "type": "shell-local", "inline": ["x" }]'),
      "json/unclosed 3:60",
    ],
    ["a bracket too many", parts('  "provisioners": []]'), "json/unclosed 3:21"],
    [
      "a misspelt root key",
      parts('  "provisoners": []'),
      'template/unknown-root-key 3:3 | did you mean "provisioners"?',
    ],
    [
      "misspelt builders",
      '{ "bilders": [{ "type": "null", "communicator": "none" }] }',
      'template/unknown-root-key 1:3 | did you mean "builders"?',
    ],
    ["a list for a template", "[]", 'template/wrong-type 1:1 | Begin with { "builders": [ … ] }.'],
    [
      "a variable that is made of one without a value",
      parts('  "variables": { "a": null, "b": "x{{ user `a` }}", "c": "{{ user `b` }}" }'),
      "variable/required 3:18 | Set it with -var 'a=…' or in a -var-file, or give it a default.",
    ],
    [
      "a variable that refers to itself",
      parts('  "variables": { "a": "{{ user `a` }}" }'),
      "gotemplate/function-failed 3:32",
    ],
    [
      "a builder without its type, whose name others use",
      '{ "builders": [{ "name": "web", "communicator": "none" }],\n  "provisioners": [{ "type": "shell-local", "inline": ["x"], "only": ["web"] }] }',
      'template/missing-type 1:16 | Name the component: "type": "…".',
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(`is told once: ${what}`, async (t) => {
      assert.deepEqual((await found(t, "t.json", text)).map(brief), [expected]);
    });
  }

  it("does not hide the others, whatever their kind", async (t) => {
    const text = `{
  "variables": { "bad": "{{ nope }}", "unset": null },
  "builders": [{ "type": "file", "target": "{{ user \`bad\` }}", "contnet": "x" }, { "name": "no-type" }],
  "provisioners": [{ "type": "shel-local" }, { "type": "shell-local", "inlin": ["x"], }, { "type": "shell-local", "inline": ["x"], "only": ["nobody"] }],
  "post-procesors": ["manifst"]
}`;
    const all = await found(t, "t.json", text);
    assert.deepEqual(
      errors(all)
        .map(({ code, subject }) => `${subject?.start.line} ${code}`)
        .sort(),
      [
        "2 gotemplate/unknown-function",
        "2 variable/required",
        "3 option/unknown",
        "3 template/missing-type",
        "4 component/unknown",
        "4 json/trailing-comma",
        "4 option/unknown",
        "4 template/unknown-build",
        "5 component/unknown",
        "5 template/unknown-root-key",
      ],
    );
  });

  it("is not followed by others about what depends on a variable without a value", async (t) => {
    const builder = {
      type: "qemu",
      iso_url: "{{ user `url` }}",
      iso_checksum: "{{ user `sum` }}",
      communicator: "none",
    };
    const numbers = { disk_size: "{{ user `size` }}", cpus: "{{ user `cpus` }}", headless: "{{ user `quiet` }}" };
    const variables = Object.fromEntries(["url", "sum", "size", "cpus", "quiet"].map((name) => [name, null]));
    const text = JSON.stringify({ variables, builders: [{ ...builder, ...numbers, shutdown_command: "off" }] });
    const all = await found(t, "t.json", text);
    assert.deepEqual(
      errors(all).map(({ code }) => code),
      Array(5).fill("variable/required"),
    );
    assert.deepEqual(errors(await found(t, "t.json", text, { allowUnsetVars: true })), []);
  });
});

describe("one mistake of a YAML template", () => {
  const cases: readonly (readonly [what: string, text: string, expected: string])[] = [
    [
      "a line that is not indented as the others",
      "builders:\n  - type: 'null'\n   communicator: none\n",
      "yaml/syntax 3:1 | lines that belong together begin in the same column",
    ],
    ["a tab", "builders:\n\t- type: file\n", "yaml/syntax 2:1 | indent with spaces"],
    [
      "a template without quotes",
      `${YAML}variables:\n  x: {{ user \`y\` }}\n`,
      "yaml/syntax 6:7 | put the text in quotes: '{{ user `name` }}'",
    ],
    ["a second document", `${YAML}---\na: b\n`, "yaml/syntax 5:1 | take the line --- away"],
    ["a quote that is not closed", `${YAML}description: "one\nvariables:\n  a: b\n`, "yaml/syntax 5:14"],
    [
      "a bracket that is not closed",
      `${YAML}sensitive-variables: [a, b\nvariables:\n  a: b\n`,
      "yaml/syntax 6:1 | look for the one that begins it, further up",
    ],
    [
      "the null builder without quotes",
      "builders:\n  - type: null\n    communicator: none\n",
      'template/missing-type 2:11 | null without quotes is no text; for the null builder write "null".',
    ],
    ["no type", "builders:\n  - communicator: none\n", "template/missing-type 2:5 | Name the component: type: …"],
    [
      "a list for a template",
      "- builders: []\n",
      "template/wrong-type 1:1 | begin with the line builders: and list them below it",
    ],
    ["no builders", "variables:\n  a: b\n", "template/no-builders | Add builders: with a list below it, - type: …"],
    [
      "a key that is there twice",
      `${YAML}description: a\ndescription: b\n`,
      "json/duplicate-key 6:1 | keep one of the two",
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(`is told once, in the language it is written in: ${what}`, async (t) => {
      const all = await found(t, "t.yaml", text);
      assert.deepEqual(all.map(brief), [expected]);
    });
  }
});

describe("one mistake of a template in HCL2's JSON syntax", () => {
  it("is told once where a part is written as in the older format", async (t) => {
    const text = `{ "source": { "null": { "a": { "communicator": "none" } } },\n  "build": { "sources": ["null.a"],\n    "provisioner": [{ "type": "shell-local", "inline": ["x"] }] } }`;
    const all = await found(t, "t.pkr.json", text);
    assert.deepEqual(all.map(brief), [
      'hcl/json-type 3:23 | write { "shell-local": { … } }, with the other options inside',
    ]);
  });
});

// Templates that Packer 1.16 refuses: each is refused here as well, at the words that are wrong.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Diagnostic, SourceRange } from "../../src/diagnostic/diagnostic.ts";
import { folderWith } from "../packer-ts.ts";
import { planOf } from "./plan-view.ts";

const NULL = 'source "null" "a" {\n  communicator = "none"\n}\n';
const WHOLE = `${NULL}build {\n  sources = ["null.a"]\n}\n`;

const building = (inside: string): string => `${NULL}build {\n  sources = ["null.a"]\n  ${inside}\n}\n`;
const provisioning = (options: string): string => building(`provisioner "shell-local" {\n    ${options}\n  }`);
const requiring = (plugin: string): string =>
  `${WHOLE}packer {\n  required_plugins {\n    box = {\n      ${plugin}\n    }\n  }\n}\n`;
const declaring = (attribute: string): string => `${WHOLE}variable "v" {\n  default = "x"\n  ${attribute}\n}\n`;
const repeating = (attributes: string): string =>
  building(`dynamic "provisioner" {\n    ${attributes}\n    content {\n      inline = ["x"]\n    }\n  }`);

/** What is wrong, the code, and the template with «…» around the words that are to be pointed at. */
type Refusal = readonly [what: string, code: string, template: string];

const hcl2: readonly Refusal[] = [
  ["nullable in a variable", "hcl/unsupported-argument", declaring("«nullable» = false")],
  ["a description that calls a function", "hcl/functions-not-allowed", declaring('description = «lower("A")»')],
  ["a description that uses a variable", "hcl/variables-not-allowed", declaring('description = "of ${«var».v}"')],
  ["a description that is a list", "variable/wrong-type", declaring('description = «["a"]»')],
  ["a description that is null", "variable/wrong-type", declaring("description = «null»")],
  ["sensitive that is a word", "variable/wrong-type", declaring('sensitive = «"on"»')],
  ["sensitive that is a number", "variable/wrong-type", declaring("sensitive = «0»")],
  ["a local with a space in its name", "local/name", `${WHOLE}local «"two words"» {\n  expression = 1\n}\n`],
  ["a local without a name", "local/name", `${WHOLE}local «""» {\n  expression = 1\n}\n`],
  [
    "a local that is sensitive as a word",
    "variable/wrong-type",
    `${WHOLE}local "a" {\n  expression = 1\n  sensitive = «"on"»\n}\n`,
  ],
  ["a data source with a digit first", "data/name", `${WHOLE}data "null" «"1st"» {\n  input = "x"\n}\n`],
  ["a version that is a number", "template/version", `${WHOLE}packer {\n  required_version = «42»\n}\n`],
  ["a version that is a flag", "template/version", `${WHOLE}packer {\n  required_version = «false»\n}\n`],
  ["a version that is a list", "template/version", `${WHOLE}packer {\n  required_version = «["> 1"]»\n}\n`],
  [
    "a plugin that is required in two blocks",
    "template/plugin",
    `${requiring('version = "> 1"\n      source = "h.test/o/box"')}packer {\n  required_plugins {\n    «box» = {\n      version = "> 1"\n      source = "h.test/o/box"\n    }\n  }\n}\n`,
  ],
  [
    "dynamic at the root",
    "hcl/unsupported-block",
    `${WHOLE}«dynamic» "locals" {\n  for_each = [1]\n  content {\n    a = 1\n  }\n}\n`,
  ],
  ["sources that are one text", "source/reference", `${NULL}build {\n  sources = «"null.a"»\n}\n`],
  ["sources that are an object", "source/reference", `${NULL}build {\n  sources = «{ a = "null.a" }»\n}\n`],
  ["sources that are null", "source/reference", `${NULL}build {\n  sources = «null»\n}\n`],
  [
    "a source with a space in its name",
    "source/reference",
    'source "null" "a z" {\n  communicator = "none"\n}\nbuild {\n  sources = [«"null.a z"»]\n}\n',
  ],
  [
    "a source that begins with a digit",
    "source/reference",
    'source "null" "9a" {\n  communicator = "none"\n}\nbuild {\n  sources = [«"null.9a"»]\n}\n',
  ],
  [
    "a source with an empty name",
    "source/reference",
    'source "null" "" {\n  communicator = "none"\n}\nbuild {\n  sources = [«"null."»]\n}\n',
  ],
  [
    "a name of a source in a build that uses a local",
    "hcl/variables-not-allowed",
    `${NULL}locals {\n  n = "z"\n}\nbuild {\n  source "null.a" {\n    name = «local».n\n  }\n}\n`,
  ],
  ["only as one text", "option/wrong-type", provisioning('inline = ["x"]\n    only = «"null.a"»')],
  ["except as one text", "option/wrong-type", building('post-processor "manifest" {\n    except = «"null.a"»\n  }')],
  ["a pause that is null", "option/wrong-type", provisioning('inline = ["x"]\n    pause_before = «null»')],
  ["retries that are null", "option/wrong-type", provisioning('inline = ["x"]\n    max_retries = «null»')],
  [
    "retries without end",
    "option/wrong-type",
    provisioning('inline = ["x"]\n    max_retries = «88888888888888888888»'),
  ],
  ["a name that is null", "option/wrong-type", building('post-processor "manifest" {\n    name = «null»\n  }')],
  [
    "an override that is a text",
    "option/wrong-type",
    provisioning('inline = ["x"]\n    override = {\n      a = «"x"»\n    }'),
  ],
  [
    "an override that is a list",
    "option/wrong-type",
    provisioning('inline = ["x"]\n    override = {\n      a = «["x"]»\n    }'),
  ],
  [
    "an override that is null",
    "option/wrong-type",
    provisioning('inline = ["x"]\n    override = {\n      a = «null»\n    }'),
  ],
  [
    "an override of no source that is a number",
    "option/wrong-type",
    provisioning('inline = ["x"]\n    override = {\n      zz = «7»\n    }'),
  ],
  ["null in a list", "option/wrong-type", provisioning('inline = ["x", «null»]')],
  [
    "null in a list of variables",
    "option/wrong-type",
    provisioning('inline = ["x"]\n    environment_vars = [«null», "A=b"]'),
  ],
  ["null in a map", "option/wrong-type", provisioning('inline = ["x"]\n    env = {\n      A = «null»\n    }')],
  ["half a status", "option/wrong-type", provisioning('inline = ["x"]\n    valid_exit_codes = [0, «0.5»]')],
  ["a type inside of a block that has one", "option/unknown", provisioning('inline = ["x"]\n    «type» = "shell"')],
  ["an option in upper case", "option/unknown", provisioning('«Inline» = ["x"]\n    inline = ["x"]')],
  [
    "the folder of the template in HCL2's engine",
    "gotemplate/function-failed",
    provisioning('inline = ["ls {{ «template_dir» }}"]'),
  ],
  ["a dynamic block without labels that repeats nothing", "hcl/invalid-dynamic", repeating("for_each = []«»")],
  [
    "a dynamic block with too many labels that repeats nothing",
    "hcl/invalid-dynamic",
    repeating('for_each = []\n    labels = «["shell-local", "x"]»'),
  ],
  [
    "a dynamic block with a text as labels",
    "hcl/invalid-dynamic",
    repeating('for_each = []\n    labels = «"shell-local"»'),
  ],
  [
    "a communicator for a builder that has none",
    "option/unknown",
    'source "file" "a" {\n  target = "t"\n  content = "c"\n  «communicator» = "none"\n}\nbuild {\n  sources = ["file.a"]\n}\n',
  ],
  [
    "an empty duration",
    "option/duration",
    'source "null" "a" {\n  communicator = "ssh"\n  ssh_host = "h"\n  ssh_username = "u"\n  ssh_password = "p"\n  ssh_timeout = «""»\n}\nbuild {\n  sources = ["null.a"]\n}\n',
  ],
  ["an element before the first", "hcl/invalid-argument", `${WHOLE}locals {\n  a = element(["x"], «-1»)\n}\n`],
  [
    "a bucket with a short name",
    "build/hcp-registry",
    building('hcp_packer_registry {\n    bucket_name = «"ab"»\n  }'),
  ],
  [
    "a bucket with an underscore",
    "build/hcp-registry",
    building('hcp_packer_registry {\n    bucket_name = «"a_bucket"»\n  }'),
  ],
  ["a bucket that is null", "option/wrong-type", building("hcp_packer_registry {\n    bucket_name = «null»\n  }")],
  [
    "a bucket with a long description",
    "build/hcp-registry",
    building(`hcp_packer_registry {\n    bucket_name = "abc"\n    description = «"${"d".repeat(256)}"»\n  }`),
  ],
  [
    "a bucket with both kinds of labels",
    "build/hcp-registry",
    building(
      'hcp_packer_registry {\n    bucket_name = "abc"\n    bucket_labels = { a = "b" }\n    labels = «{ a = "b" }»\n  }',
    ),
  ],
  [
    "channels that are one text",
    "option/wrong-type",
    building('hcp_packer_registry {\n    bucket_name = "abc"\n    channels = «"x"»\n  }'),
  ],
  ["two registries in a build", "build/hcp-registry", building("hcp_packer_registry {}\n  «hcp_packer_registry» {}")],
  ...[
    "o/box",
    "box",
    "",
    "/h.test/o/box",
    "h.test/o/box/",
    "https://h.test/o/box",
    "h.test/o/box?v=1",
    "h.test/o/box#v1",
    "h.test/o/packer-plugin-box",
    "h.test/o/packer-box",
    "h.test/o/b.ox",
    "h.test/o/b--ox",
    "h.test/o/b_ox",
    "h.test/o/-box",
    "h.test/o/bo x",
    `h.test/${"o/".repeat(16)}box`,
  ].map(
    (source): Refusal => [
      `${JSON.stringify(source)} as the source of a plugin`,
      "template/plugin",
      `${WHOLE}packer {\n  required_plugins {\n    box = «{ version = "> 1", source = "${source}" }»\n  }\n}\n`,
    ],
  ),
];

const GOOD = '"builders": [{"type": "null", "communicator": "none"}]';
const local = (options: string): string =>
  `{${GOOD}, "provisioners": [{"type": "shell-local", "inline": ["x"], ${options}}]}`;

const json: readonly Refusal[] = [
  ["builders that are one object", "template/wrong-type", '{"builders": «{"type": "null", "communicator": "none"}»}'],
  [
    "provisioners that are one object",
    "template/wrong-type",
    `{${GOOD}, "provisioners": «{"type": "shell-local", "inline": ["x"]}»}`,
  ],
  [
    "post-processors that are one object",
    "template/wrong-type",
    `{${GOOD}, "post-processors": «{"type": "manifest"}»}`,
  ],
  ["a list where a text is wanted", "option/wrong-type", local('"inline_shebang": «[]»')],
  [
    "only of a post-processor as one text",
    "template/wrong-type",
    `{${GOOD}, "post-processors": [{"type": "manifest", "only": «"null"»}]}`,
  ],
  ["a list in a map of texts", "option/wrong-type", local('"env": {"A": «[]»}')],
  [
    "an empty duration",
    "option/duration",
    '{"builders": [{"type": "null", "communicator": "ssh", "ssh_host": "h", "ssh_username": "u", "ssh_password": "p", "ssh_timeout": «""»}]}',
  ],
  [
    "a communicator for a builder that has none",
    "option/unknown",
    '{"builders": [{"type": "file", "target": "t", "content": "c", «"communicator"»: "none"}]}',
  ],
];

const yaml: readonly Refusal[] = [
  ["builders that are one object", "template/wrong-type", "builders:\n  «type: file\n  target: t\n  content: c\n»"],
  [
    "provisioners that are one object",
    "template/wrong-type",
    "builders:\n  - type: file\n    target: t\n    content: c\nprovisioners:\n  «type: shell-local\n  inline: [x]\n»",
  ],
  [
    "a communicator for a builder that has none",
    "option/unknown",
    "builders:\n  - type: file\n    target: t\n    content: c\n    «communicator»: none\n",
  ],
  [
    "an empty duration",
    "option/duration",
    'builders:\n  - type: "null"\n    communicator: ssh\n    ssh_host: h\n    ssh_username: u\n    ssh_password: p\n    ssh_timeout: «""»\n',
  ],
];

async function errorsOf(t: TestContext, file: string, text: string): Promise<readonly Diagnostic[]> {
  const cwd = folderWith(t, { [file]: text });
  const { diagnostics } = await planOf({ path: file, cwd, wanted: { formOnly: false } });
  return diagnostics.filter(({ severity }) => severity === "error");
}

/** What a range covers. */
function cut(text: string, range: SourceRange | undefined): string {
  return range === undefined ? "nothing" : Buffer.from(text).subarray(range.start.offset, range.end.offset).toString();
}

function checkAll(language: string, file: string, cases: readonly Refusal[]): void {
  describe(`template/refusals in ${language}`, () => {
    for (const [what, code, marked] of cases) {
      it(`refuses ${what}, there`, async (t) => {
        const [before = "", words = "", after = ""] = marked.split(/[«»]/);
        const text = before + words + after;
        const errors = await errorsOf(t, file, text);
        assert.deepEqual(
          errors.map((each) => each.code),
          [code],
          JSON.stringify(errors, undefined, 1),
        );
        if (words !== "") {
          assert.equal(cut(text, errors[0]?.subject), words);
        }
      });
    }
  });
}

checkAll("HCL2", "t.pkr.hcl", hcl2);
checkAll("JSON", "t.json", json);
checkAll("YAML", "t.yaml", yaml);

describe("template/what Packer takes", () => {
  const good: readonly (readonly [what: string, file: string, text: string])[] = [
    ["sensitive in quotes", "t.pkr.hcl", declaring('sensitive = "true"')],
    ["a version that is null", "t.pkr.hcl", `${WHOLE}packer {\n  required_version = null\n}\n`],
    [
      "numbers as names",
      "t.pkr.hcl",
      `${NULL}build {\n  name = 5\n  description = 6\n  source "null.a" {\n    name = 7\n  }\n  provisioner "shell-local" {\n    name = 8\n    inline = ["x"]\n  }\n}\n`,
    ],
    ["numbers in only", "t.pkr.hcl", provisioning('inline = ["x"]\n    only = [5]')],
    ["empty durations of a part", "t.pkr.hcl", provisioning('inline = ["x"]\n    pause_before = ""\n    timeout = ""')],
    ["no override", "t.pkr.hcl", provisioning('inline = ["x"]\n    override = null')],
    [
      "keep_input_artifact in quotes",
      "t.pkr.hcl",
      building('post-processor "manifest" {\n    keep_input_artifact = "true"\n  }'),
    ],
    [
      "sources made by a dynamic block",
      "t.pkr.hcl",
      `${NULL}build {\n  dynamic "source" {\n    for_each = ["x", "y"]\n    labels = ["null.a"]\n    content {\n      name = source.value\n    }\n  }\n}\n`,
    ],
    [
      "a registry with words of tomorrow",
      "t.pkr.hcl",
      building('hcp_packer_registry {\n    bucket_name = "my-bucket"\n    later = 1\n  }'),
    ],
    ["more parts in front of a source", "t.pkr.hcl", `${NULL}build {\n  sources = ["x.null.a"]\n}\n`],
    [
      "a source block of any name",
      "t.pkr.hcl",
      'source "null" "a z" {\n  communicator = "none"\n}\nbuild {\n  source "null.a z" {}\n}\n',
    ],
    [
      "a post-processor whose name is null",
      "t.json",
      `{${GOOD}, "post-processors": [{"type": "manifest", "name": null}]}`,
    ],
    ["an override of nothing", "t.json", local('"override": {"null": null}')],
    ["an empty list of overrides", "t.json", local('"override": []')],
    [
      "a builder whose name is a number",
      "t.json",
      '{"builders": [{"type": "null", "communicator": "none", "name": 5}]}',
    ],
    [
      "a builder whose name is null",
      "t.json",
      '{"builders": [{"type": "null", "communicator": "none", "name": null}]}',
    ],
    ["a description that is null", "t.json", `{${GOOD}, "description": null}`],
    ["no error-cleanup-provisioner", "t.json", `{${GOOD}, "error-cleanup-provisioner": null}`],
    ["options in upper case", "t.json", '{"builders": [{"type": "null", "Communicator": "none"}]}'],
  ];
  for (const [what, file, text] of good) {
    it(`takes ${what} in ${file}`, async (t) => assert.deepEqual(await errorsOf(t, file, text), []));
  }
});

describe("template/values that are no words", () => {
  const declared = (type: string, value = ""): string => `${WHOLE}variable "v" {\n  type = ${type}\n  ${value}\n}\n`;

  for (const [type, text, hint] of [
    ["list(string)", "one", 'v=["a", "b"]'],
    ["set(string)", "one,two", 'v=["a", "b"]'],
    ["map(string)", "one=two", 'v={key = "value"}'],
  ] as const) {
    it(`shows how a ${type} is written in place of ${text}`, async (t) => {
      const cwd = folderWith(t, { "t.pkr.hcl": declared(type) });
      const { diagnostics } = await planOf({ path: "t.pkr.hcl", cwd, vars: [["v", text]] });
      assert.ok(diagnostics[0]?.hint?.includes(hint), JSON.stringify(diagnostics[0]));
    });
  }

  it("names the environment variable that is not set where a number is wanted", async (t) => {
    const [only] = await errorsOf(t, "t.pkr.hcl", declared("number", 'default = env("HOW_MANY")'));
    assert.match(String(only?.hint), /HOW_MANY/);
  });
});

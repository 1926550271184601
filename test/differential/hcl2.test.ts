// HCL2 templates through Debian's packer and through this program: words, names, exit codes, files.
import { describe, it } from "node:test";
import { assertAlike, type Deliberate } from "./alike.ts";
import { type Case, sideBySide } from "./side-by-side.ts";

interface Named extends Case {
  readonly name: string;
  readonly deliberate?: readonly Deliberate[] | undefined;
}

const nothing = 'source "null" "a" {\n  communicator = "none"\n}\n';

const cases: readonly Named[] = [
  {
    name: "a folder of files with variables, locals and a file builder",
    files: {
      "a.pkr.hcl": 'variable "who" {\n  type = string\n}\nlocals {\n  text = "hello ${upper(var.who)}\\n"\n}\n',
      "b.pkr.hcl":
        'source "file" "greeting" {\n  target = "out.txt"\n  content = local.text\n}\nbuild {\n  name = "g"\n  sources = ["source.file.greeting"]\n}\n',
      "v.auto.pkrvars.hcl": 'who = "auto"\n',
    },
    args: ["build", "-color=false", "-parallel-builds=1", "."],
  },
  {
    name: "provisioners for one source, with values of the build",
    files: {
      "t.pkr.hcl": `${nothing}source "null" "b" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a", "null.b"]\n  provisioner "shell-local" {\n    only = ["null.b"]\n    inline = ["echo at \${source.name} of \${source.type} in \${build.name}"]\n  }\n  provisioner "shell-local" {\n    except = ["null.b"]\n    inline = ["echo id $PACKER_BUILD_NAME"]\n  }\n}\n`,
    },
    args: ["build", "-color=false", "-parallel-builds=1", "t.pkr.hcl"],
  },
  {
    name: "a provisioner that fails",
    files: {
      "t.pkr.hcl": `${nothing}build {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = ["echo before", "exit 3"]\n  }\n}\n`,
    },
    args: ["build", "-color=false", "t.pkr.hcl"],
  },
  {
    name: "a provisioner that is tried again",
    files: {
      "t.pkr.hcl": `${nothing}build {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    max_retries = 1\n    inline = ["exit 1"]\n  }\n}\n`,
    },
    args: ["build", "-color=false", "t.pkr.hcl"],
  },
  {
    name: "overrides by the name of a source",
    files: {
      "t.pkr.hcl": `${nothing}build {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = ["echo block"]\n    override = {\n      a = {\n        inline = ["echo override"]\n      }\n    }\n  }\n}\n`,
    },
    args: ["build", "-color=false", "t.pkr.hcl"],
  },
  {
    name: "dynamic blocks",
    files: {
      "t.pkr.hcl": `${nothing}build {\n  sources = ["null.a"]\n  dynamic "provisioner" {\n    for_each = ["one", "two"]\n    labels = ["shell-local"]\n    content {\n      inline = ["echo \${provisioner.value}"]\n    }\n  }\n}\n`,
    },
    args: ["build", "-color=false", "t.pkr.hcl"],
  },
  {
    name: "-only with a glob",
    files: {
      "t.pkr.hcl": `${nothing}build {\n  name = "x"\n  sources = ["null.a"]\n}\nbuild {\n  name = "y"\n  sources = ["null.a"]\n}\n`,
    },
    args: ["build", "-color=false", "-only=y.*", "t.pkr.hcl"],
  },
  {
    name: "the JSON variant",
    files: {
      "t.pkr.json": {
        variable: { list: { type: "list(string)", default: ["a", "b"] } },
        source: { file: { out: { target: "o", content: '${join("+", var.list)}' } } },
        build: { sources: ["source.file.out"] },
      },
    },
    args: ["build", "-color=false", "t.pkr.json"],
  },
  {
    name: "fmt of a folder",
    files: { "a.pkr.hcl": "a=1\nbb  = [1,2 ]\n", "b.pkrvars.hcl": "x = 1\n", "c.txt": "x=1" },
    args: ["fmt", "."],
  },
  {
    name: "fmt -check -diff of a file",
    files: { "a.pkr.hcl": "a=1\nb = 2\nlonger=3\n" },
    args: ["fmt", "-check", "-diff", "a.pkr.hcl"],
  },
  {
    name: "inspect of a folder",
    files: {
      "a.pkr.hcl": `variable "v" {\n  default = ["x"]\n}\nlocals {\n  l = { a = 1 }\n}\n${nothing}source "null" "b" {}\nbuild {\n  name = "n"\n  description = "what it is"\n  sources = ["null.a", "null.b"]\n  provisioner "shell-local" {\n    name = "p"\n    inline = ["x"]\n  }\n  post-processors {\n    post-processor "manifest" {}\n    post-processor "compress" {}\n  }\n}\n`,
    },
    args: ["inspect", "."],
  },
];

describe("differential/hcl2", () => {
  for (const { name, deliberate = [], ...given } of cases) {
    it(`${name}: as Debian's packer`, async (t) => {
      const pair = await sideBySide(t, given);
      if (pair !== undefined) {
        assertAlike(pair, ...deliberate);
      }
    });
  }
});

// What Packer's HCL2 blocks mean and what is wrong with them, as data.

/** The files of a configuration, in its folder. */
export type Files = Readonly<Record<string, string>>;

export interface GoodCase {
  readonly name: string;
  readonly files: Files;
  readonly vars?: readonly (readonly [string, string])[] | undefined;
  readonly varFiles?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly only?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
  readonly allowUnsetVars?: boolean | undefined;
  /** Names of the builds, in their order. */
  readonly builds?: readonly string[] | undefined;
  /** The content that the file builder of each build would write. */
  readonly contents?: readonly string[] | undefined;
  /** Types of the provisioners of each build. */
  readonly provisioners?: readonly (readonly string[])[] | undefined;
  /** Names of the post-processors of each build. */
  readonly steps?: readonly (readonly (readonly string[])[])[] | undefined;
  /** What must be hidden. */
  readonly hidden?: readonly string[] | undefined;
  /** What must not be hidden. */
  readonly shown?: readonly string[] | undefined;
  /** Codes of warnings. */
  readonly warnings?: readonly string[] | undefined;
}

export interface BadCase {
  readonly name: string;
  readonly files: Files;
  readonly vars?: readonly (readonly [string, string])[] | undefined;
  readonly varFiles?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly only?: readonly string[] | undefined;
  /** Each mistake as `code file:line,column-column`, in any order. */
  readonly mistakes: readonly string[];
  /** Texts that the mistakes hold together. */
  readonly says?: readonly string[] | undefined;
}

/** A configuration that writes one text. */
export function writes(expression: string, rest = ""): string {
  return `${rest}
source "file" "out" {
  target  = "out.txt"
  content = ${expression}
}
build {
  sources = ["source.file.out"]
}
`;
}

/** A source that writes one text. */
export const FILE_SOURCE = 'source "file" "out" {\n  target  = "out.txt"\n  content = "x"\n}\n';

/** A build of the file builder with this inside. */
export function building(inside: string): string {
  return `${FILE_SOURCE}build {\n  sources = ["source.file.out"]\n${inside}}\n`;
}

export const goodCases: readonly GoodCase[] = [
  {
    name: "values become what an option wants, as HCL converts",
    files: { "a.pkr.hcl": writes("true") },
    contents: ["true"],
  },
  { name: "a number becomes the text that HCL writes", files: { "a.pkr.hcl": writes("1.50") }, contents: ["1.5"] },
  // variables
  {
    name: "a variable has its default",
    files: { "a.pkr.hcl": writes("var.x", 'variable "x" {\n  default = "d"\n}') },
    contents: ["d"],
  },
  {
    name: "a default may ask the environment",
    files: { "a.pkr.hcl": writes("var.x", 'variable "x" {\n  default = env("WHO")\n}') },
    env: { WHO: "me" },
    contents: ["me"],
  },
  {
    name: "PKR_VAR_ wins over a default",
    files: { "a.pkr.hcl": writes("var.x", 'variable "x" {\n  default = "d"\n}') },
    env: { PKR_VAR_x: "e" },
    contents: ["e"],
  },
  {
    name: "an automatic file wins over PKR_VAR_",
    files: { "a.pkr.hcl": writes("var.x", 'variable "x" {}'), "v.auto.pkrvars.hcl": 'x = "auto"' },
    env: { PKR_VAR_x: "e" },
    contents: ["auto"],
  },
  {
    name: "the later automatic file wins, and JSON wins over HCL",
    files: {
      "a.pkr.hcl": writes('"$${var.x}-$${var.y}"'.replaceAll("$$", "$"), 'variable "x" {}\nvariable "y" {}'),
      "a.auto.pkrvars.hcl": 'x = "1"\ny = "1"',
      "b.auto.pkrvars.hcl": 'x = "2"',
      "a.auto.pkrvars.json": '{"y": "3"}',
    },
    contents: ["2-3"],
  },
  {
    name: "-var-file wins over an automatic file, the later one over the earlier",
    files: {
      "a.pkr.hcl": writes("var.x", 'variable "x" {}'),
      "v.auto.pkrvars.hcl": 'x = "auto"',
      "one.pkrvars.hcl": 'x = "one"',
      "two.json": '{"x": "two"}',
    },
    varFiles: ["one.pkrvars.hcl", "two.json"],
    contents: ["two"],
  },
  {
    name: "-var wins over everything",
    files: { "a.pkr.hcl": writes("var.x", 'variable "x" {}'), "one.pkrvars.hcl": 'x = "one"' },
    varFiles: ["one.pkrvars.hcl"],
    env: { PKR_VAR_x: "e" },
    vars: [["x", "flag"]],
    contents: ["flag"],
  },
  {
    name: "a text for a string is taken as it is",
    files: { "a.pkr.hcl": writes("var.x", 'variable "x" {\n  type = string\n}') },
    vars: [["x", '["a"]']],
    contents: ['["a"]'],
  },
  {
    name: "a text for a list is an expression",
    files: { "a.pkr.hcl": writes('join("+", var.x)', 'variable "x" {\n  type = list(string)\n}') },
    vars: [["x", '["a","b"]']],
    contents: ["a+b"],
  },
  {
    name: "a text for a number becomes one",
    files: { "a.pkr.hcl": writes('"${var.x + 1}"', 'variable "x" {\n  type = number\n}') },
    env: { PKR_VAR_x: "41" },
    contents: ["42"],
  },
  {
    name: "a text for a bool becomes one",
    files: { "a.pkr.hcl": writes('var.x ? "yes" : "no"', 'variable "x" {\n  type = bool\n}') },
    vars: [["x", "true"]],
    contents: ["yes"],
  },
  {
    name: "an object's optional attribute gets its default",
    files: {
      "a.pkr.hcl": writes(
        '"${var.x.a}${var.x.b}"',
        'variable "x" {\n  type = object({ a = string, b = optional(string, "B") })\n  default = { a = "A" }\n}',
      ),
    },
    contents: ["AB"],
  },
  {
    name: "variables gives many variables at once",
    files: { "a.pkr.hcl": writes('"${var.a}${var.b}"', 'variables {\n  a = "1"\n  b = 2\n}') },
    contents: ["12"],
  },
  {
    name: "null is a value",
    files: {
      "a.pkr.hcl": writes('var.x == null ? "none" : "some"', 'variable "x" {\n  type = string\n  default = null\n}'),
    },
    contents: ["none"],
  },
  ...["tags.auto.pkrvars.hcl", "tags.auto.pkrvars.json"].map(
    (name): GoodCase => ({
      name: `a variable whose default is an empty object takes any from ${name}`,
      files: {
        "a.pkr.hcl": writes(
          "jsonencode([var.tags, var.zones])",
          'variable "tags" {\n  default = {}\n}\nvariable "zones" {\n  default = []\n}',
        ),
        [name]: name.endsWith("json")
          ? '{"tags": {"a": {"b": 1}}, "zones": ["x", "y"]}'
          : 'tags = { a = { b = 1 } }\nzones = ["x", "y"]\n',
      },
      contents: ['[{"a":{"b":1}},["x","y"]]'],
    }),
  ),
  {
    name: "a variable whose default is an empty object takes any from flags and the environment",
    files: {
      "a.pkr.hcl": writes(
        "jsonencode([var.tags, var.zones, var.word])",
        'variable "tags" {\n  default = {}\n}\nvariable "zones" {\n  default = []\n}\nvariable "word" {\n  default = {}\n}',
      ),
    },
    vars: [
      ["tags", '{ team = "ci" }'],
      ["word", "just text"],
    ],
    env: { PKR_VAR_zones: '["x", "y"]' },
    contents: ['[{"team":"ci"},["x","y"],"just text"]'],
  },
  {
    name: "an empty default stays what it is",
    files: {
      "a.pkr.hcl": writes(
        "jsonencode([var.tags, var.zones])",
        'variable "tags" {\n  default = {}\n}\nvariable "zones" {\n  default = []\n}',
      ),
    },
    contents: ["[{},[]]"],
  },
  {
    name: "a valid value passes its rules",
    files: {
      "a.pkr.hcl": writes(
        "var.x",
        'variable "x" {\n  default = "ami-1"\n  validation {\n    condition = substr(var.x, 0, 4) == "ami-"\n    error_message = "It must begin with ami-."\n  }\n}',
      ),
    },
    contents: ["ami-1"],
  },
  {
    name: "a sensitive variable is hidden, in every text inside it",
    files: {
      "a.pkr.hcl": writes(
        '"x"',
        'variable "x" {\n  sensitive = true\n  default = { a = "secret-a", b = ["secret-b"] }\n}',
      ),
    },
    contents: ["x"],
    hidden: ["secret-a", "secret-b"],
  },
  {
    name: "a sensitive value that a local makes is hidden",
    files: {
      "a.pkr.hcl": writes(
        "local.l",
        'variable "x" {\n  sensitive = true\n  default = "secret"\n}\nlocals {\n  l = upper(var.x)\n}',
      ),
    },
    contents: ["SECRET"],
    hidden: ["secret", "SECRET"],
  },
  {
    name: "what stands beside a secret in a list is not hidden",
    files: {
      "a.pkr.hcl": writes(
        '"x"',
        'variable "x" {\n  sensitive = true\n  default = "secret"\n}\nlocals {\n  l = ["a-${var.x}", "plain"]\n}',
      ),
    },
    contents: ["x"],
    hidden: ["secret", "a-secret"],
    shown: ["plain"],
  },
  {
    name: "an undeclared variable in a file is warned about",
    files: { "a.pkr.hcl": writes('"x"', 'variable "known" {\n  default = 1\n}'), "v.auto.pkrvars.hcl": "knwon = 2" },
    contents: ["x"],
    warnings: ["variable/undeclared"],
  },
  {
    name: "a variable without a value is unknown when that is allowed",
    files: { "a.pkr.hcl": writes('"${var.x}!"', 'variable "x" {\n  type = string\n}') },
    allowUnsetVars: true,
    builds: ["file.out"],
  },
  // locals
  {
    name: "locals may stand in any order and in any file",
    files: {
      "a.pkr.hcl": writes("local.c", 'locals {\n  c = "${local.b}c"\n  b = "${local.a}b"\n}'),
      "b.pkr.hcl": 'local "a" {\n  expression = "a"\n}',
    },
    contents: ["abc"],
  },
  {
    name: "a sensitive local is hidden",
    files: { "a.pkr.hcl": writes("local.l", 'local "l" {\n  expression = "hush"\n  sensitive = true\n}') },
    contents: ["hush"],
    hidden: ["hush"],
  },
  // data
  {
    name: "a data source that is read feeds locals and other data sources",
    files: {
      "a.pkr.hcl": writes(
        "data.null.b.output",
        'data "null" "b" {\n  input = "${local.l}!"\n}\nlocals {\n  l = data.null.a.output\n}\ndata "null" "a" {\n  input = "deep"\n}',
      ),
    },
    contents: ["deep!"],
  },
  // path, packer, source, build
  {
    name: "path.root is the folder, packer.version the version",
    files: { "a.pkr.hcl": writes('"${basename(path.root)} ${path.cwd == path.root} ${packer.version}"') },
    contents: ["here true 1.16.0"],
  },
  {
    name: "a source knows its own name and type",
    files: { "a.pkr.hcl": writes('"${source.type}/${source.name}"') },
    contents: ["file/out"],
  },
  {
    name: "a build names what it is used for",
    files: {
      "a.pkr.hcl":
        'source "file" "s" {\n  target = "t"\n  content = build.name\n}\nbuild {\n  name = "b"\n  sources = ["source.file.s"]\n}',
    },
    builds: ["b.file.s"],
    contents: ["b"],
  },
  // sources
  {
    name: "a build may add to a source and name it anew",
    files: {
      "a.pkr.hcl":
        'source "file" "s" {\n  content = "c-${source.name}"\n}\nbuild {\n  sources = []\n  source "source.file.s" {\n    name = "one"\n    target = "1"\n  }\n  source "file.s" {\n    name = "two"\n    target = "2"\n  }\n}',
    },
    builds: ["file.one", "file.two"],
    contents: ["c-one", "c-two"],
  },
  {
    name: "sources may be an expression",
    files: {
      "a.pkr.hcl":
        'locals {\n  names = ["a", "b"]\n}\nsource "file" "a" {\n  target = "a"\n  content = "A"\n}\nsource "file" "b" {\n  target = "b"\n  content = "B"\n}\nbuild {\n  sources = [for n in local.names : "source.file.${n}"]\n}',
    },
    contents: ["A", "B"],
  },
  {
    name: "-only and -except take globs over the names of builds",
    files: {
      "a.pkr.hcl":
        'source "file" "a" {\n  target = "a"\n  content = "A"\n}\nbuild {\n  name = "x"\n  sources = ["file.a"]\n}\nbuild {\n  name = "y"\n  sources = ["file.a"]\n}\nbuild {\n  sources = ["file.a"]\n}',
    },
    only: ["*file.a"],
    except: ["{x,z}.*"],
    builds: ["y.file.a", "file.a"],
  },
  // provisioners and post-processors
  {
    name: "only and except select by type and name",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nsource "null" "b" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a", "null.b"]\n  provisioner "shell-local" {\n    only = ["null.a"]\n    inline = ["x"]\n  }\n  provisioner "sleep" {\n    except = ["null.a"]\n    duration = "1s"\n  }\n}',
    },
    provisioners: [["shell-local"], ["sleep"]],
  },
  {
    name: "sequences of post-processors stay together, -except cuts them",
    files: {
      "a.pkr.hcl": `${writes('"x"').replace(/\}\s*$/, "")}  post-processor "checksum" {}\n  post-processors {\n    post-processor "compress" {\n      output = "a.zip"\n    }\n    post-processor "manifest" {\n      name = "last"\n    }\n  }\n}`,
    },
    except: ["last"],
    steps: [[["checksum"], ["compress"]]],
  },
  // dynamic
  {
    name: "dynamic blocks in a build make provisioners, with an iterator of another name",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  dynamic "provisioner" {\n    for_each = ["1s", "2s"]\n    iterator = each\n    labels = ["sleep"]\n    content {\n      duration = each.value\n    }\n  }\n}',
    },
    provisioners: [["sleep", "sleep"]],
  },
  {
    name: "dynamic blocks in post-processors make steps",
    files: {
      "a.pkr.hcl":
        `${writes('"x"').replace(/\}\s*$/, "")}  post-processors {\n    dynamic "post-processor" {\n      for_each = toset_of\n      labels = ["checksum"]\n      content {}\n    }\n  }\n}`.replace(
          "toset_of",
          '["a", "b"]',
        ),
    },
    steps: [[["checksum", "checksum"]]],
  },
  // the rest
  {
    name: "hcp_packer_registry is accepted at the root and in a build",
    files: {
      "a.pkr.hcl": `${writes('"x"').replace(/\}\s*$/, "")}  hcp_packer_registry {\n    bucket_name = "abc"\n  }\n}\nhcp_packer_registry {\n  bucket_name = "abc"\n}`,
    },
    contents: ["x"],
  },
  {
    name: "a version and plugins that fit are accepted",
    files: {
      "a.pkr.hcl": writes(
        '"x"',
        'packer {\n  required_version = ">= 1.7.0, < 2.0.0"\n  required_plugins {\n    docker = {\n      version = "~> 1"\n      source = "github.com/hashicorp/docker"\n    }\n  }\n}',
      ),
    },
    contents: ["x"],
  },
  {
    name: "the JSON variant means the same",
    files: {
      "a.pkr.json": JSON.stringify({
        "//": "comment",
        variable: { x: { type: "list(string)", default: ["a", "b"] } },
        locals: { l: '${join("-", var.x)}' },
        source: { file: { out: { target: "t", content: "${local.l}" } } },
        build: {
          sources: ["source.file.out"],
          provisioner: [{ "shell-local": { inline: ["x"], only: ["file.none"] } }],
        },
      }),
    },
    contents: ["a-b"],
    warnings: ["template/unknown-build"],
  },
  {
    name: "dynamic blocks, comments and heredoc-like texts of the JSON variant",
    files: {
      "a.pkr.json": JSON.stringify({
        "//": "comment",
        locals: [{ "//": "in a block", words: ["x", "y"] }, { text: "one\n  <<EOT\ntwo ${local.words[1]}\n" }],
        source: [
          { file: { a: { target: "a", content: "${local.text}" } } },
          { file: [{ b: { target: "b", content: "$${kept} %%{kept}" } }] },
        ],
        build: [
          {
            sources: ["file.a", "file.b"],
            dynamic: {
              provisioner: [
                {
                  for_each: "${local.words}",
                  labels: ["shell-local"],
                  content: { inline: ["echo ${provisioner.value}"] },
                },
                {
                  for_each: { k: "v" },
                  iterator: "each",
                  labels: ["shell-local"],
                  content: { inline: ["echo ${each.key}"] },
                },
              ],
            },
            "post-processors": [{ "post-processor": [{ manifest: { output: "m" } }, { checksum: [{}] }] }],
          },
        ],
      }),
    },
    contents: ["one\n  <<EOT\ntwo y\n", "${kept} %{kept}"],
    provisioners: [
      ["shell-local", "shell-local", "shell-local"],
      ["shell-local", "shell-local", "shell-local"],
    ],
    steps: [[["manifest", "checksum"]], [["manifest", "checksum"]]],
  },
  {
    name: "a name in only that no source has is told",
    files: {
      "a.pkr.hcl": `${FILE_SOURCE}build {\n  sources = ["source.file.out"]\n  provisioner "shell-local" {\n    only   = ["file.ot"]\n    inline = ["x"]\n  }\n}\n`,
    },
    provisioners: [[]],
    warnings: ["template/unknown-build"],
  },
  {
    name: "blocks of the JSON variant and of native files make one configuration",
    files: {
      "a.pkr.hcl": 'build {\n  sources = ["file.out"]\n}',
      "b.pkr.json": JSON.stringify({ source: { file: { out: { target: "t", content: "j" } } } }),
    },
    contents: ["j"],
  },
  {
    name: "what is not native is named in one notice",
    files: {
      "a.pkr.hcl":
        'source "amazon-ebs" "a" {\n  block {\n    x = 1\n  }\n}\nsource "virtualbox-iso" "q" {}\nbuild {\n  sources = ["amazon-ebs.a", "virtualbox-iso.q"]\n  provisioner "ansible" {\n    playbook_file = "x"\n  }\n}',
    },
    builds: [],
    warnings: ["component/not-native"],
  },
];

export const badCases: readonly BadCase[] = [
  {
    name: "a text where a list is wanted, which JSON templates may write",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = "x"\n  }\n}',
    },
    mistakes: ["option/wrong-type a.pkr.hcl:7,14-17"],
    says: ["Put it in brackets"],
  },
  {
    name: "the place of a wrong value inside a value",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = ["x", { a = 1 }]\n  }\n}',
    },
    mistakes: ["option/wrong-type a.pkr.hcl:7,14-30"],
    says: ["[1]"],
  },
  {
    name: "mistakes of form and of content together, whichever file they are in",
    files: {
      "a.pkr.hcl": "variables {\n  bad = unknown_function()\n}\nbulid {}\n",
      "b.pkr.hcl":
        'source "null" "a" {\n  communicator = "nono"\n}\nbuild {\n  sources = ["null.a", "null.b"]\n  provisioner "sleep" {\n    duration = var.bad\n    x = 1\n  }\n}\n',
    },
    mistakes: [
      "hcl/unknown-function a.pkr.hcl:2,9-25",
      "hcl/unsupported-block a.pkr.hcl:4,1-6",
      "option/value b.pkr.hcl:2,18-24",
      "source/unknown b.pkr.hcl:5,24-32",
      "option/unknown b.pkr.hcl:8,5-6",
    ],
  },
  {
    name: "mistakes of several files are shown together",
    files: { "a.pkr.hcl": 'locals {\n  a = "unclosed\n}\n', "b.pkr.hcl": "build {\n  sources = [\n}\n" },
    mistakes: ["hcl/unclosed-string a.pkr.hcl:2,7-8", "hcl/unclosed-bracket b.pkr.hcl:2,13-14"],
  },
  {
    name: "a variable without a value",
    files: { "a.pkr.hcl": writes("var.x", 'variable "x" {}') },
    mistakes: ["variable/required a.pkr.hcl:1,10-13"],
    says: ["-var 'x="],
  },
  {
    name: "a default of the wrong type",
    files: { "a.pkr.hcl": writes('"x"', 'variable "x" {\n  type = list(string)\n  default = "a"\n}') },
    mistakes: ["variable/wrong-type a.pkr.hcl:3,13-16"],
  },
  {
    name: "a type error names the path inside the value",
    files: {
      "a.pkr.hcl": writes('"x"', 'variable "x" {\n  type = map(object({ port = number }))\n}'),
      "v.auto.pkrvars.hcl": 'x = { web = { port = "many" } }',
    },
    mistakes: ["variable/wrong-type v.auto.pkrvars.hcl:1,5-32"],
    says: [".web.port"],
  },
  {
    name: "a variable in a default",
    files: { "a.pkr.hcl": writes('"x"', 'variable "x" {\n  default = local.a\n}') },
    mistakes: ["hcl/variables-not-allowed a.pkr.hcl:2,13-18"],
  },
  {
    name: "a variable that is declared twice",
    files: {
      "a.pkr.hcl": writes('"x"', 'variable "x" {\n  default = 1\n}'),
      "b.pkr.hcl": 'variable "x" {\n  default = 2\n}',
    },
    mistakes: ["variable/duplicate b.pkr.hcl:1,10-13"],
  },
  {
    name: "a name that is none",
    files: { "a.pkr.hcl": writes('"x"', 'variable "1x" {\n  default = 1\n}') },
    mistakes: ["variable/name a.pkr.hcl:1,10-14"],
  },
  {
    name: "a value that fails its rule",
    files: {
      "a.pkr.hcl": writes(
        "var.x",
        'variable "x" {\n  default = "b"\n  validation {\n    condition = length(var.x) > 3\n    error_message = "Too short."\n  }\n}',
      ),
    },
    mistakes: ["variable/invalid a.pkr.hcl:1,10-13"],
    says: ["Too short.", "a.pkr.hcl:4,17-34"],
  },
  {
    name: "a rule about another variable",
    files: {
      "a.pkr.hcl": writes(
        '"x"',
        'variable "x" {\n  default = "b"\n  validation {\n    condition = var.y == 1\n    error_message = "No."\n  }\n}\nvariable "y" {\n  default = 1\n}',
      ),
    },
    mistakes: ["variable/validation a.pkr.hcl:4,17-22"],
  },
  {
    name: "a message that is no sentence",
    files: {
      "a.pkr.hcl": writes(
        '"x"',
        'variable "x" {\n  default = "b"\n  validation {\n    condition = var.x == "b"\n    error_message = "no"\n  }\n}',
      ),
    },
    mistakes: ["variable/validation a.pkr.hcl:5,21-25"],
  },
  {
    name: "an undeclared variable on the command line",
    files: { "a.pkr.hcl": writes('"x"', 'variable "region" {\n  default = 1\n}') },
    vars: [["regoin", "x"]],
    mistakes: ["variable/undeclared"],
    says: ['did you mean "region"?'],
  },
  {
    name: "a text that is no expression of the type",
    files: { "a.pkr.hcl": writes('"x"', 'variable "x" {\n  type = list(string)\n}') },
    vars: [["x", "[a"]],
    mistakes: ["hcl/unclosed-bracket <value for var.x from arguments>:1,1-2"],
  },
  {
    name: "a declaration in a file of values",
    files: { "a.pkr.hcl": writes('"x"'), "v.pkrvars.hcl": 'variable "x" {}' },
    varFiles: ["v.pkrvars.hcl"],
    mistakes: ["variable/file v.pkrvars.hcl:1,1-9"],
  },
  {
    name: "a file of values with a name that says nothing",
    files: { "a.pkr.hcl": writes('"x"'), "v.txt": "" },
    varFiles: ["v.txt"],
    mistakes: ["variable/file"],
  },
  {
    name: "locals in a circle",
    files: { "a.pkr.hcl": writes('"x"', "locals {\n  a = local.b\n  b = local.c\n  c = local.a\n}") },
    mistakes: ["local/cycle a.pkr.hcl:2,3-4"],
    says: ["local.a -> local.b -> local.c -> local.a"],
  },
  {
    name: "a local and a data source in a circle",
    files: {
      "a.pkr.hcl": writes('"x"', 'locals {\n  a = data.null.d.output\n}\ndata "null" "d" {\n  input = local.a\n}'),
    },
    mistakes: ["local/cycle a.pkr.hcl:2,3-4"],
    says: ["local.a -> data.null.d -> local.a"],
  },
  {
    name: "a local that is defined twice",
    files: { "a.pkr.hcl": writes('"x"', "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}") },
    mistakes: ["local/duplicate a.pkr.hcl:5,3-4"],
  },
  {
    name: "a local that does not exist",
    files: { "a.pkr.hcl": writes("local.nmae", 'locals {\n  name = "n"\n}') },
    mistakes: ["hcl/unsupported-attribute a.pkr.hcl:6,18-23"],
  },
  {
    name: "a data source of an unknown type, near a known one",
    files: { "a.pkr.hcl": writes('"x"', 'data "htpp" "x" {}') },
    mistakes: ["component/unknown a.pkr.hcl:1,6-12"],
    says: ['did you mean "http"?'],
  },
  {
    name: "a data source without what it needs",
    files: { "a.pkr.hcl": writes('"x"', 'data "http" "x" {}') },
    mistakes: ["option/missing a.pkr.hcl:1,6-12"],
  },
  {
    name: "a source that does not exist",
    files: {
      "a.pkr.hcl": 'source "null" "known" {\n  communicator = "none"\n}\nbuild {\n  sources = ["source.null.knwon"]\n}',
    },
    mistakes: ["source/unknown a.pkr.hcl:5,14-33"],
    says: ['did you mean "null.known"?'],
  },
  {
    name: "a source that is there twice",
    files: { "a.pkr.hcl": writes('"x"', 'source "file" "out" {}') },
    mistakes: ["source/duplicate a.pkr.hcl:2,15-20", "option/missing a.pkr.hcl:1,8-14"],
  },
  {
    name: "a setting that the source has already",
    files: {
      "a.pkr.hcl":
        'source "file" "s" {\n  target = "a"\n  content = "c"\n}\nbuild {\n  source "file.s" {\n    target = "b"\n  }\n}',
    },
    mistakes: ["hcl/duplicate-argument a.pkr.hcl:7,5-11"],
    says: ["a.pkr.hcl:2,3-9"],
  },
  {
    name: "a build without sources",
    files: { "a.pkr.hcl": "build {}\n" },
    mistakes: ["source/missing a.pkr.hcl:1,1-6"],
  },
  { name: "no build", files: { "a.pkr.hcl": "locals {}\n" }, mistakes: ["build/missing"] },
  {
    name: "a block that the root does not know",
    files: { "a.pkr.hcl": `${writes('"x"')}bulid {}\n` },
    mistakes: ["hcl/unsupported-block a.pkr.hcl:9,1-6"],
    says: ['did you mean "build"?'],
  },
  {
    name: "an option that does not exist",
    files: { "a.pkr.hcl": writes('"x"').replace("target ", "traget ") },
    mistakes: ["option/unknown a.pkr.hcl:3,3-9"],
    says: ['did you mean "target"?'],
  },
  {
    name: "wrong options of two builds are shown together",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inlin = ["x"]\n    inline = ["x"]\n  }\n}',
      "b.pkr.hcl": 'build {\n  sources = ["null.a"]\n  provisioner "sleep" {\n    duration = "soon"\n  }\n}',
    },
    mistakes: ["option/unknown a.pkr.hcl:7,5-10", "option/duration b.pkr.hcl:4,16-22"],
  },
  {
    name: "only and except together",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = ["x"]\n    only = ["null.a"]\n    except = ["null.b"]\n  }\n}',
    },
    mistakes: ["template/only-and-except a.pkr.hcl:9,5-24"],
  },
  {
    name: "a pause that is no duration",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = ["x"]\n    pause_before = "5 minutes"\n  }\n}',
    },
    mistakes: ["option/duration a.pkr.hcl:8,20-31"],
  },
  {
    name: "a word that post-processors do not have",
    files: {
      "a.pkr.hcl": `${writes('"x"').replace(/\}\s*$/, "")}  post-processor "checksum" {\n    pause_before = "1s"\n  }\n}`,
    },
    mistakes: ["option/unknown a.pkr.hcl:9,5-17"],
  },
  {
    name: "an override that is no object",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = ["x"]\n    override = "x"\n  }\n}',
    },
    mistakes: ["option/wrong-type a.pkr.hcl:8,16-19"],
  },
  {
    name: "two error-cleanup provisioners",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  error-cleanup-provisioner "shell-local" {\n    inline = ["x"]\n  }\n  error-cleanup-provisioner "shell-local" {\n    inline = ["x"]\n  }\n}',
    },
    mistakes: ["build/cleanup-provisioner a.pkr.hcl:9,3-28"],
  },
  {
    name: "an unknown value inside a block of a component that is not native",
    files: {
      "a.pkr.hcl":
        'source "amazon-ebs" "a" {\n  ebs {\n    inner {\n      x = local.missing\n    }\n  }\n}\nbuild {\n  sources = ["amazon-ebs.a"]\n}',
    },
    mistakes: ["hcl/unsupported-attribute a.pkr.hcl:4,16-24"],
  },
  {
    name: "a provisioner that nobody knows",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  provisioner "shel-local" {}\n}',
    },
    mistakes: ["component/unknown a.pkr.hcl:6,15-27"],
    says: ['did you mean "shell-local"?'],
  },
  {
    name: "a dynamic block over what cannot be repeated",
    files: {
      "a.pkr.hcl":
        'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n  dynamic "provisioner" {\n    for_each = "x"\n    labels = ["sleep"]\n    content {}\n  }\n}',
    },
    mistakes: ["hcl/invalid-dynamic a.pkr.hcl:7,16-19"],
  },
  {
    name: "a version that does not fit",
    files: { "a.pkr.hcl": writes('"x"', 'packer {\n  required_version = ">= 99"\n}') },
    mistakes: ["template/version a.pkr.hcl:2,22-29"],
  },
  {
    name: "a plugin without a source",
    files: {
      "a.pkr.hcl": writes(
        '"x"',
        'packer {\n  required_plugins {\n    docker = {\n      version = "1.0.0"\n    }\n  }\n}',
      ),
    },
    mistakes: ["template/plugin a.pkr.hcl:3,14-5,6"],
  },
  {
    name: "a pattern that cannot be read",
    files: { "a.pkr.hcl": writes('"x"') },
    only: ["{a"],
    mistakes: ["template/pattern"],
  },
  {
    name: "a mistake in the JSON variant",
    files: { "a.pkr.json": '{\n  "build": {\n    "sources": ["null.a"],\n    "provisionr": {}\n  }\n}' },
    mistakes: ["hcl/unsupported-argument a.pkr.json:4,5-17", "source/unknown a.pkr.json:3,16-26"],
  },
];

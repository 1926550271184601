// Slips of the hand in HCL2, as data: where each one is reported, and the words that help.
import { type BadCase, building, FILE_SOURCE, writes } from "./hcl2-cases.ts";

export const slips: readonly BadCase[] = [
  {
    name: "a misspelt source together with everything else that is wrong",
    files: {
      "a.pkr.hcl":
        'source "file" "web" {\n  target = "t"\n  contnt = "c"\n}\nbuild {\n  sources = ["source.file.wbe"]\n  provisioner "shell-local" {\n    inline = ["x"]\n    pause_befor = "1s"\n  }\n}\n',
    },
    mistakes: ["option/unknown a.pkr.hcl:3,3-9", "source/unknown a.pkr.hcl:6,14-31", "option/unknown a.pkr.hcl:9,5-16"],
    says: ['did you mean "file.web"?', 'did you mean "content"?'],
  },
  {
    name: "a string that is not closed",
    files: { "a.pkr.hcl": building('  name = "abc\n') },
    mistakes: ["hcl/unclosed-string a.pkr.hcl:7,10-11"],
    says: ["no closing quote"],
  },
  {
    name: "a heredoc that is not closed, at its beginning",
    files: { "a.pkr.hcl": `${writes("1")}locals {\n  a = <<EOT\ntext\n  EOF\n}\n` },
    mistakes: ["hcl/unclosed-heredoc a.pkr.hcl:10,7-12"],
    says: ['only "EOT"'],
  },
  {
    name: "a block that is not closed, at its brace",
    files: { "a.pkr.hcl": building('  provisioner "shell-local" {\n    inline = ["x"]\n') },
    mistakes: ["hcl/unclosed-brace a.pkr.hcl:5,7-8"],
    says: ["no closing brace"],
  },
  {
    name: "a list that is not closed, at its bracket",
    files: { "a.pkr.hcl": writes("[1, 2") },
    mistakes: ["hcl/unclosed-bracket a.pkr.hcl:4,13-14"],
    says: ["which opens a list"],
  },
  {
    name: "an interpolation that is not closed",
    files: { "a.pkr.hcl": writes('"x ${var.b"') },
    mistakes: ["hcl/unclosed-interpolation a.pkr.hcl:4,16-18"],
    says: ['no closing brace for this "${"'],
  },
  {
    name: "a condition in a text without its end",
    files: { "a.pkr.hcl": writes('"%{ if true }a"') },
    mistakes: ["hcl/unclosed-directive a.pkr.hcl:4,14-26"],
    says: ["without %{ endif }"],
  },
  {
    name: "a brace too many",
    files: { "a.pkr.hcl": `${writes("1")}}\n` },
    mistakes: ["hcl/unexpected-token a.pkr.hcl:9,1-2"],
    says: ["no block that this brace could close"],
  },
  {
    name: "a colon for an equals sign",
    files: { "a.pkr.hcl": building("  name: 1\n") },
    mistakes: ["hcl/invalid-item a.pkr.hcl:7,3-7"],
    says: ["write an equals sign: name ="],
  },
  {
    name: "single quotes",
    files: { "a.pkr.hcl": writes("'x'") },
    mistakes: ["hcl/invalid-character a.pkr.hcl:4,13-14"],
    says: ["Use double quotes"],
  },
  {
    name: "printed quotation marks",
    files: { "a.pkr.hcl": writes("“x”") },
    mistakes: ["hcl/invalid-character a.pkr.hcl:4,13-14"],
    says: ["quotation mark of printed text"],
  },
  {
    name: "a word without quotes",
    files: { "a.pkr.hcl": writes("hello") },
    mistakes: ["hcl/unknown-variable a.pkr.hcl:4,13-18"],
    says: ['put it in quotes: "hello"'],
  },
  {
    name: "a backslash before nothing known",
    files: { "a.pkr.hcl": writes('"a\\qb"') },
    mistakes: ["hcl/invalid-escape a.pkr.hcl:4,15-17"],
    says: ["a backslash itself is written"],
  },
  {
    name: "a list without commas",
    files: { "a.pkr.hcl": writes("[1 2]") },
    mistakes: ["hcl/missing-separator a.pkr.hcl:4,16-17"],
    says: ["A comma was expected here"],
  },
  {
    name: "an object without commas",
    files: { "a.pkr.hcl": writes("{ a = 1 b = 2 }") },
    mistakes: ["hcl/missing-separator a.pkr.hcl:4,21-22"],
    says: ["A comma was expected here"],
  },
  {
    name: "a loop without its word",
    files: { "a.pkr.hcl": writes("[for x of [1]: x]") },
    mistakes: ["hcl/invalid-for a.pkr.hcl:4,20-22"],
    says: ['The word "in" was expected'],
  },
  {
    name: "a misspelt block",
    files: { "a.pkr.hcl": `${FILE_SOURCE}buld {\n  sources = ["source.file.out"]\n}\n` },
    mistakes: ["hcl/unsupported-block a.pkr.hcl:5,1-5"],
    says: ['did you mean "build"?'],
  },
  {
    name: "a misspelt block of a build",
    files: { "a.pkr.hcl": building('  provisoner "shell-local" {\n    inline = ["x"]\n  }\n') },
    mistakes: ["hcl/unsupported-block a.pkr.hcl:7,3-13"],
    says: ['did you mean "provisioner"?'],
  },
  {
    name: "a label that a build does not have",
    files: { "a.pkr.hcl": `${FILE_SOURCE}build "a" {\n  sources = ["source.file.out"]\n}\n` },
    mistakes: ["hcl/extra-label a.pkr.hcl:5,7-10"],
    says: ["No labels are expected for build blocks"],
  },
  {
    name: "a misspelt argument of a variable",
    files: { "a.pkr.hcl": `variable "a" {\n  typ     = string\n  default = "x"\n}\n${writes("var.a")}` },
    mistakes: ["hcl/unsupported-argument a.pkr.hcl:2,3-6"],
    says: ['did you mean "type"?'],
  },
  {
    name: "a misspelt type",
    files: { "a.pkr.hcl": `variable "a" {\n  type    = strng\n  default = "x"\n}\n${writes("var.a")}` },
    mistakes: ["hcl/invalid-type a.pkr.hcl:2,13-18"],
    says: ['did you mean "string"?'],
  },
  {
    name: "a misspelt constructor of a type",
    files: { "a.pkr.hcl": `variable "a" {\n  type    = lst(string)\n  default = ["x"]\n}\n${writes("var.a[0]")}` },
    mistakes: ["hcl/invalid-type a.pkr.hcl:2,13-16"],
    says: ['did you mean "list"?'],
  },
  {
    name: "a misspelt variable",
    files: { "a.pkr.hcl": writes("var.nmae", 'variable "name" {\n  default = "x"\n}') },
    mistakes: ["hcl/unsupported-attribute a.pkr.hcl:6,16-21"],
    says: ['did you mean "name"?'],
  },
  {
    name: "a misspelt local",
    files: { "a.pkr.hcl": writes("local.greting", 'locals {\n  greeting = "x"\n}') },
    mistakes: ["hcl/unsupported-attribute a.pkr.hcl:6,18-26"],
    says: ['did you mean "greeting"?'],
  },
  {
    name: "a misspelt attribute deep in a value",
    files: { "a.pkr.hcl": writes("local.m.os.linx", "locals {\n  m = { os = { linux = 1 } }\n}") },
    mistakes: ["hcl/unsupported-attribute a.pkr.hcl:6,23-28"],
    says: ['did you mean "linux"?'],
  },
  {
    name: "a misspelt function",
    files: { "a.pkr.hcl": writes('uper("x")') },
    mistakes: ["hcl/unknown-function a.pkr.hcl:4,13-17"],
    says: ['did you mean "upper"?'],
  },
  {
    name: "too few arguments",
    files: { "a.pkr.hcl": writes('replace("x", "y")') },
    mistakes: ["hcl/too-few-arguments a.pkr.hcl:4,29-30"],
    says: ["expects 3 arguments"],
  },
  {
    name: "too many arguments",
    files: { "a.pkr.hcl": writes('upper("x", "y")') },
    mistakes: ["hcl/too-many-arguments a.pkr.hcl:4,24-27"],
    says: ["expects only 1 argument"],
  },
  {
    name: "an argument of the wrong type",
    files: { "a.pkr.hcl": writes('join(",", 5)') },
    mistakes: ["hcl/invalid-argument a.pkr.hcl:4,23-24"],
    says: ["a list of string is required, not a number"],
  },
  {
    name: "a misspelt source",
    files: { "a.pkr.hcl": `${FILE_SOURCE}build {\n  sources = ["source.file.ot"]\n}\n` },
    mistakes: ["source/unknown a.pkr.hcl:6,14-30"],
    says: ['did you mean "file.out"?'],
  },
  {
    name: "a misspelt value of the build",
    files: { "a.pkr.hcl": building('  provisioner "shell-local" {\n    inline = [build.IDD]\n  }\n') },
    mistakes: ["hcl/unsupported-attribute a.pkr.hcl:8,20-24"],
    says: ['did you mean "ID"?'],
  },
  {
    name: "an argument written as a block",
    files: {
      "a.pkr.hcl": building(
        '  provisioner "shell-local" {\n    inline = ["x"]\n    environment_vars {\n      A = 1\n    }\n  }\n',
      ),
    },
    mistakes: ["hcl/unsupported-block a.pkr.hcl:9,5-21"],
    says: ["write an equals sign after its name"],
  },
  {
    name: "an argument that is there twice",
    files: { "a.pkr.hcl": building('  name = "a"\n  name = "b"\n') },
    mistakes: ["hcl/duplicate-argument a.pkr.hcl:8,3-7"],
    says: ["was already set at"],
  },
  {
    name: "branches that do not fit",
    files: { "a.pkr.hcl": writes("true ? { a = 1 } : [1]") },
    mistakes: ["hcl/inconsistent-types a.pkr.hcl:4,20-35"],
    says: ["they are object and tuple"],
  },
  {
    name: "adding what is no number",
    files: { "a.pkr.hcl": writes('"a" + 1') },
    mistakes: ["hcl/invalid-operand a.pkr.hcl:4,13-16"],
    says: ["a number is required"],
  },
  {
    name: "a position beyond the end",
    files: { "a.pkr.hcl": writes("[1, 2][5]") },
    mistakes: ["hcl/invalid-index a.pkr.hcl:4,19-22"],
    says: ["has 2 elements, counted from 0"],
  },
  {
    name: "a version that cannot be read",
    files: { "a.pkr.hcl": `packer {\n  required_version = "abc"\n}\n${writes("1")}` },
    mistakes: ["template/version a.pkr.hcl:2,22-27"],
    says: ["is no list of constraints"],
  },
  {
    name: "a duration without its unit",
    files: {
      "a.pkr.hcl": building('  provisioner "shell-local" {\n    pause_before = "10"\n    inline       = ["x"]\n  }\n'),
    },
    mistakes: ["option/duration a.pkr.hcl:8,20-24"],
    says: ["missing unit in duration"],
  },
  {
    name: "the whole of the variables for one of them",
    files: { "a.pkr.hcl": writes("var", 'variable "a" {\n  default = "x"\n}') },
    mistakes: ["option/wrong-type a.pkr.hcl:6,13-16"],
    says: ["a string is required, not an object"],
  },
  {
    name: "a source without its name",
    files: { "a.pkr.hcl": `source "file" {\n}\nbuild {\n  sources = ["source.file.out"]\n}\n` },
    mistakes: ["hcl/missing-label a.pkr.hcl:1,15-16", "source/unknown a.pkr.hcl:4,14-31"],
    says: ["must have 2 labels (type, name)"],
  },
  {
    name: "locals in a larger circle, with its path",
    files: { "a.pkr.hcl": writes("local.a", "locals {\n  a = local.b\n  b = local.c\n  c = local.a\n}") },
    mistakes: ["local/cycle a.pkr.hcl:2,3-4"],
    says: ["local.a -> local.b -> local.c -> local.a"],
  },
  {
    name: "slips of the JSON variant, each inside its text",
    files: {
      "a.pkr.json":
        '{\n  "locals": { "a": "x ${vra.b}", "b": "${uper(\\"x\\")}", "c": "${local.a" },\n  "source": { "file": { "out": { "target": "${local.zz}", "contnt": "x" } } },\n  "build": { "sources": ["file.out"] }\n}',
    },
    mistakes: [
      "hcl/unclosed-interpolation a.pkr.json:2,63-65",
      "hcl/unknown-function a.pkr.json:2,42-46",
      "hcl/unknown-variable a.pkr.json:2,25-28",
      "hcl/unsupported-attribute a.pkr.json:3,52-55",
      "option/unknown a.pkr.json:3,59-67",
    ],
  },
  {
    name: "a block of the JSON variant that is no object",
    files: { "a.pkr.json": '{\n  "source": { "file": "out" },\n  "build": [{ "sources": ["file.out"] }, 5]\n}' },
    mistakes: [
      "hcl/json-type a.pkr.json:2,23-28",
      "hcl/json-type a.pkr.json:3,42-43",
      "source/unknown a.pkr.json:3,26-38",
    ],
  },
  {
    name: "JSON that ends too early",
    files: { "a.pkr.json": '{\n  "build": {\n    "sources": ["file.out"\n  }\n}' },
    mistakes: ["hcl/unclosed-bracket a.pkr.json:3,16-17"],
  },
];

// What goes in and what is read back: variables, var files, standard input, inspect, validate, version, machine-readable lines.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertAlike, type Deliberate } from "./alike.ts";
import { type Case, sideBySide } from "./side-by-side.ts";

const echo = (text: string): object => ({ type: "shell-local", inline: [`echo '${text}'`] });
const none = (name = "null"): object => ({ type: "null", communicator: "none", name });

interface Run {
  readonly what: string;
  readonly args: readonly string[];
  readonly files: Case["files"];
  readonly env?: Case["env"] | undefined;
  readonly input?: string | undefined;
  readonly unlike?: readonly Deliberate[] | undefined;
}

const words = (...names: readonly string[]): string => names.map((name) => `${name}=[{{user \`${name}\`}}]`).join(" ");
const variables = {
  variables: {
    a: "default",
    b: "default",
    c: "default",
    d: "{{env `FROM_ENV`}}",
    e: "{{user `a`}} and {{user `d`}}",
    empty: "",
  },
  builders: [none()],
  provisioners: [echo(words("a", "b", "c", "d", "e", "empty", "extra"))],
};
const required = {
  variables: { must: null, may: "x" },
  builders: [none()],
  provisioners: [echo(words("must", "may"))],
};
const many = {
  description: "Two lines\nof text, with a comma",
  variables: { z: "1", a: "", req: null, long_name: "a,b\\c" },
  "sensitive-variables": ["z"],
  builders: [
    none("zz"),
    { type: "file", name: "b,c", target: "x", content: "y" },
    { type: "docker", image: "x", commit: true },
  ],
  provisioners: [
    { type: "shell", inline: ["x"] },
    { type: "file", source: "t.json", destination: "x" },
  ],
  "post-processors": ["manifest"],
};

const commaInTarget: Deliberate = {
  why: "Packer breaks its own lines when a build has a comma in its name",
  output: (text) => text.replaceAll("TIME,a,b,", "TIME,a%!(PACKER_COMMA)b,"),
};
const noAnnouncement: Deliberate = {
  why: "colours that are not shown are not announced",
  output: (text) => text.replace("null: output will be in this color.\n\n", ""),
};

const runs: readonly Run[] = [
  {
    what: "-var wins over -var-file, later files over earlier ones, both over defaults",
    args: [
      "build",
      "-color=false",
      "-var",
      "c=flag1",
      "-var-file=one.json",
      "-var-file",
      "two.json",
      "-var",
      "c=flag=2",
      "-var",
      "extra=e",
      "t.json",
    ],
    files: { "t.json": variables, "one.json": { a: "one", b: "one", c: "one" }, "two.json": { b: "two", c: "two" } },
    env: { FROM_ENV: "environment" },
  },
  {
    what: "defaults and an unset environment",
    args: ["build", "-color=false", "t.json"],
    files: { "t.json": variables },
  },
  {
    what: "values that are templates themselves",
    args: ["build", "-color=false", "-var", "a={{user `b`}}", "-var", "b={{env `FROM_ENV`}}", "t.json"],
    files: { "t.json": variables },
    env: { FROM_ENV: "env" },
  },
  {
    what: "a required variable that is given",
    args: ["build", "-color=false", "-var", "must=yes", "t.json"],
    files: { "t.json": required },
  },
  {
    what: "a template from standard input",
    args: ["build", "-color=false", "-"],
    files: {},
    input: JSON.stringify(variables),
    env: { FROM_ENV: "e" },
  },
  { what: "inspect", args: ["inspect", "t.json"], files: { "t.json": many } },
  { what: "inspect for machines", args: ["inspect", "-machine-readable", "t.json"], files: { "t.json": many } },
  { what: "inspect of next to nothing", args: ["inspect", "t.json"], files: { "t.json": { builders: [none()] } } },
  { what: "inspect without builders", args: ["inspect", "t.json"], files: { "t.json": {} } },
  { what: "validate -syntax-only", args: ["validate", "-syntax-only", "t.json"], files: { "t.json": many } },
  {
    what: "validate -syntax-only for machines",
    args: ["-machine-readable", "validate", "-syntax-only", "t.json"],
    files: { "t.json": many },
  },
  {
    what: "a build for machines",
    unlike: [commaInTarget],
    args: ["build", "-machine-readable", "-parallel-builds=1", "t.json"],
    files: {
      "t.json": {
        builders: [{ type: "file", name: "a,b", target: "x,y.txt", content: "z" }],
        provisioners: [{ type: "shell-local", inline: ["echo 'one, two'; echo '%!(PACKER_COMMA) \\n'"] }],
        "post-processors": [{ type: "checksum", keep_input_artifact: true }],
      },
    },
  },
  {
    what: "a failing build for machines",
    args: ["build", "-machine-readable", "-parallel-builds=1", "t.json"],
    files: {
      "t.json": {
        builders: [none("a"), none("b")],
        provisioners: [{ type: "shell-local", inline: ["echo out; exit 3"], only: ["b"] }],
      },
    },
  },
  {
    what: "colours",
    args: ["build", "-parallel-builds=1", "t.json"],
    env: { NO_COLOR: undefined, PACKER_NO_COLOR: undefined },
    files: {
      "t.json": {
        builders: ["f", "e", "d", "c", "b", "a"].map(none),
        provisioners: [echo("x"), { type: "shell-local", inline: ["echo err >&2; exit 1"], only: ["c"] }],
      },
    },
  },
  {
    what: "colours with times",
    args: ["build", "-timestamp-ui", "t.json"],
    env: { NO_COLOR: undefined, PACKER_NO_COLOR: undefined },
    files: {
      "t.json": {
        builders: [none()],
        provisioners: [echo("x\ny")],
        "post-processors": [{ type: "shell-local", inline: ["echo z"] }],
      },
    },
  },
  {
    what: "PACKER_NO_COLOR",
    args: ["build", "t.json"],
    env: { NO_COLOR: undefined, PACKER_NO_COLOR: "1" },
    unlike: [noAnnouncement],
    files: { "t.json": { builders: [none()] } },
  },
];

const refused: readonly (readonly [what: string, args: readonly string[], files: Case["files"]])[] = [
  ["a required variable without a value", ["validate", "t.json"], { "t.json": required }],
  ["a required variable without a value, in build", ["build", "t.json"], { "t.json": required }],
  ["broken JSON", ["validate", "t.json"], { "t.json": "{ no" }],
  ["a file that is not there", ["validate", "nope.json"], {}],
  ["an unknown root key", ["validate", "t.json"], { "t.json": { builders: [none()], oops: 1 } }],
  ["an unknown option", ["validate", "t.json"], { "t.json": { builders: [{ ...none(), oops: 1 }] } }],
  ["an unknown builder", ["validate", "t.json"], { "t.json": { builders: [{ type: "nope" }] } }],
  [
    "a duplicate key",
    ["validate", "t.json"],
    { "t.json": '{"builders":[{"type":"null","communicator":"none"}],"builders":[]}' },
  ],
  ["no template", ["build"], {}],
  ["two templates", ["build", "a", "b"], {}],
  ["an unknown flag", ["build", "-nope", "t.json"], {}],
  ["a bad value of a flag", ["build", "-on-error=zz", "t.json"], {}],
  ["a variable without a value", ["build", "-var", "x", "t.json"], {}],
  ["a var file that is not there", ["build", "-var-file=nope.json", "t.json"], { "t.json": { builders: [none()] } }],
  ["no command", [], {}],
  ["an unknown command", ["biuld"], {}],
];

describe("differential/inputs", { concurrency: 3 }, () => {
  for (const { what, args, files, env = {}, input, unlike = [] } of runs) {
    it(`is alike: ${what}`, async (t) => {
      const pair = await sideBySide(t, { files, args, env, input });
      if (pair !== undefined) {
        assertAlike(pair, ...unlike);
      }
    });
  }

  it("is an error, as in newer versions of Packer, when no build is left to run", async (t) => {
    const pair = await sideBySide(t, {
      files: { "t.json": { builders: [none()] } },
      args: ["build", "-only=nothing", "t.json"],
    });
    if (pair === undefined) {
      return;
    }
    assert.equal(pair.packer.code, 0);
    assert.equal(pair.ours.code, 1);
    assert.match(pair.ours.stdout, /No build is named "nothing"/);
  });

  // Unlike Packer: what is said has the place in the file and goes to standard output, so only the exit code is held against it.
  for (const [what, args, files] of refused) {
    it(`is refused with the same exit code: ${what}`, async (t) => {
      const pair = await sideBySide(t, { files, args });
      if (pair === undefined) {
        return;
      }
      assert.notEqual(pair.packer.code, 0);
      assert.equal(pair.ours.code, pair.packer.code);
      assert.notEqual(pair.ours.stdout, "");
      assert.equal(pair.ours.stderr, "");
    });
  }
});

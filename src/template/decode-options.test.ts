// From what a user writes to what a component reads.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeTextFile } from "../diagnostic/text-file.ts";
import { type OptionSchema, option } from "../sdk/option.ts";
import { decodeOptions } from "./decode-options.ts";
import { readJson } from "./legacy-json/json-reader.ts";
import type { RawMap } from "./raw-value.ts";

const schema = {
  name: option.string({ description: "A name.", required: true }),
  count: option.number({ description: "A count.", default: 3, min: 1, max: 9 }),
  flag: option.bool({ description: "A flag.", default: false }),
  maybe: option.bool({ description: "A flag that can be unset." }),
  wait: option.duration({ description: "A wait.", default: "5m" }),
  lines: option.strings({ description: "Lines.", conflicts: ["script"] }),
  script: option.string({ description: "A script." }),
  codes: option.numbers({ description: "Codes.", default: [0] }),
  labels: option.stringMap({ description: "Labels." }),
  mode: option.string({ description: "A mode.", default: "scp", oneOf: ["scp", "sftp"] }),
  secret: option.string({ description: "A secret.", sensitive: true }),
  old: option.string({ description: "Old.", deprecated: "Use name." }),
  disk: option.blocks({ size: option.number({ description: "A size.", required: true }) }, { description: "Disks." }),
} satisfies OptionSchema;

function decode(
  text: string,
  hide: (secret: string) => void = () => {},
): { config: Readonly<Record<string, unknown>>; problems: string[] } {
  const { value, diagnostics } = readJson(makeTextFile("t.json", text));
  assert.deepEqual(diagnostics, []);
  const decoded = decodeOptions({ schema, body: value as RawMap, label: 'builder "test"', range: undefined, hide });
  return {
    config: decoded.config,
    problems: decoded.diagnostics.map(({ code, subject }) => `${code} ${subject?.start.column ?? "-"}`),
  };
}

describe("template/decode-options", () => {
  it("fills in defaults and leaves the rest unset", () => {
    const { config, problems } = decode('{"name":"x"}');
    assert.deepEqual(problems, []);
    assert.deepEqual(config, {
      ...{ name: "x", count: 3, flag: false, maybe: undefined, wait: 300_000, lines: [], script: undefined },
      ...{ codes: [0], labels: {}, mode: "scp", secret: undefined, old: undefined, disk: [] },
    });
  });

  const conversions: readonly (readonly [string, string, string, unknown])[] = [
    ["a number becomes text", "name", "5", "5"],
    ["a large number becomes text without an exponent", "name", "100000000000000000000", "100000000000000000000"],
    ["true becomes 1 as text", "name", "true", "1"],
    ["text becomes a number", "count", '"7"', 7],
    ["hexadecimal text becomes a number", "count", '"0x5"', 5],
    ["an empty text is the number 0, which is too small here", "labels", "{}", {}],
    ["text becomes a flag", "flag", '"TRUE"', true],
    ["1 is true", "flag", "1", true],
    ["an empty text leaves a flag unset", "maybe", '""', undefined],
    ["a duration is read in Go's way", "wait", '"1h30m"', 5_400_000],
    ["a bare number is a duration in nanoseconds", "wait", "2000000", 2],
    ["a single text becomes a list", "lines", '"a"', ["a"]],
    ["a text is split at its commas into a list", "lines", '"a,b"', ["a", "b"]],
    ["numbers in a list of texts become text", "lines", "[1,true]", ["1", "1"]],
    ["a number becomes a list of numbers", "codes", "7", [7]],
    ["values of a map become text", "labels", '{"a":1,"b":"x"}', { a: "1", b: "x" }],
    ["a list of objects is taken as one map", "labels", '[{"a":"1"},{"b":"2"}]', { a: "1", b: "2" }],
    ["null leaves an option at its default", "mode", "null", "scp"],
    ["one block is a list of one", "disk", '{"size":5}', [{ size: 5 }]],
    ["blocks are decoded in order", "disk", '[{"size":5},{"size":"6"}]', [{ size: 5 }, { size: 6 }]],
  ];
  for (const [what, name, text, expected] of conversions) {
    it(what, () => {
      const { config, problems } = decode(name === "name" ? `{"name":${text}}` : `{"name":"x","${name}":${text}}`);
      assert.deepEqual(problems, []);
      assert.deepEqual(config[name], expected);
    });
  }

  it("does not mind upper and lower case in names, as Packer's decoder", () =>
    assert.equal(decode('{"Name":"x"}').config["name"], "x"));

  const mistakes: readonly (readonly [string, string, readonly string[]])[] = [
    ["a missing required option", "{}", ["option/missing -"]],
    ["an empty required option", '{"name":""}', ["option/missing -"]],
    ["an option nobody knows", '{"name":"x","lins":[]}', ["option/unknown 13"]],
    ["an option nobody knows inside a block", '{"name":"x","disk":{"size":1,"sice":2}}', ["option/unknown 30"]],
    ["a required option missing in a block", '{"name":"x","disk":{}}', ["option/missing 20"]],
    ["a list where a text is wanted", '{"name":["x"]}', ["option/wrong-type 9"]],
    ["a word where a number is wanted", '{"name":"x","count":"many"}', ["option/wrong-type 21"]],
    ["a word where a flag is wanted", '{"name":"x","flag":"yes"}', ["option/wrong-type 20"]],
    ["a duration without a unit", '{"name":"x","wait":"10"}', ["option/duration 20"]],
    ["a number below its bound", '{"name":"x","count":0}', ["option/value 21"]],
    ["a number above its bound", '{"name":"x","count":10}', ["option/value 21"]],
    ["a value that is not allowed", '{"name":"x","mode":"stfp"}', ["option/value 20"]],
    ["two options that exclude each other", '{"name":"x","script":"a","lines":["b"]}', ["option/conflict 26"]],
    ["a deprecated option", '{"name":"x","old":"y"}', ["option/deprecated 19"]],
    ["a text where a map is wanted", '{"name":"x","labels":"a"}', ["option/wrong-type 22"]],
    [
      "every mistake at once",
      '{"count":"x","wait":"y","zzzzzz":1}',
      ["option/unknown 25", "option/missing -", "option/wrong-type 10", "option/duration 21"],
    ],
  ];
  for (const [what, text, expected] of mistakes) {
    it(`reports ${what} at its place`, () => assert.deepEqual(decode(text).problems, expected));
  }

  it("suggests the option and the value that were meant", () => {
    const { value } = readJson(makeTextFile("t", '{"name":"x","scirpt":"a","mode":"stfp"}'));
    const { diagnostics } = decodeOptions({ schema, body: value as RawMap, label: 'builder "test"', range: undefined });
    assert.deepEqual(
      diagnostics.map(({ hint }) => hint),
      ['did you mean "script"?', 'did you mean "sftp"?'],
    );
  });

  it("takes a misspelt option for the one that was meant: it is not missing too, and a secret in it is hidden", () => {
    const hidden: string[] = [];
    const { problems } = decode('{"nmae":"x","secrte":"s3cret"}', (secret) => hidden.push(secret));
    assert.deepEqual(problems, ["option/unknown 2", "option/unknown 13"]);
    assert.deepEqual(hidden, ["s3cret"]);
  });

  it("hides sensitive values", () => {
    const hidden: string[] = [];
    decode('{"name":"x","secret":"s3cret"}', (secret) => hidden.push(secret));
    assert.deepEqual(hidden, ["s3cret"]);
  });
});

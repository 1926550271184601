// Broken JSON: every mistake at its place, and what could be read all the same.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { makeTextFile } from "../../diagnostic/text-file.ts";
import { toPlain } from "../raw-value.ts";
import { readJson } from "./json-reader.ts";

/** Codes with their places: `code line:column`. */
function mistakes(text: string): string[] {
  return readJson(makeTextFile("t.json", text)).diagnostics.map(
    ({ code, subject }) => `${code} ${subject?.start.line}:${subject?.start.column}`,
  );
}

function value(text: string): unknown {
  const { value: read, diagnostics } = readJson(makeTextFile("t.json", text));
  assert.deepEqual(diagnostics, []);
  return read && toPlain(read);
}

describe("template/legacy-json reader", () => {
  it("reads every kind of value", () => {
    assert.deepEqual(value(' {"a": [1, -2.5e3, true, false, null, "x\\n\\u00e9\\"\\/"], "": {}} '), {
      a: [1, -2500, true, false, null, 'x\né"/'],
      "": {},
    });
  });

  it("keeps the digits of a number that no double can hold", () => {
    const { value: read } = readJson(makeTextFile("t", "12345678901234567890"));
    assert.equal(read?.is === "number" && read.text, "12345678901234567890");
  });

  it("passes over a byte order mark", () => assert.deepEqual(value('\ufeff{"a":1}'), { a: 1 }));

  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["an empty file", "", ["json/empty 1:1"]],
    ["a file of blanks", " \n\t", ["json/empty 1:1"]],
    ["a line comment", '{\n// no\n"a":1}', ["json/comment 2:1"]],
    ["a block comment", '{/* a\nb */"a":1}', ["json/comment 1:2"]],
    ["a hash comment", '{"a":1\n# no\n}', ["json/comment 2:1"]],
    ["a comma before a brace", '{"a":1,\n}', ["json/trailing-comma 1:7"]],
    ["a comma before a bracket", "[1,2,]", ["json/trailing-comma 1:5"]],
    ["a missing comma between keys", '{"a":1\n"b":2}', ["json/missing-comma 1:6"]],
    ["a missing comma between items", "[1 2]", ["json/missing-comma 1:2"]],
    ["a string without its closing quote", '{"a": "x,\n"b": 1}', ["json/unclosed-string 1:7"]],
    ["a key without quotes", "{a: 1}", ["json/unquoted-key 1:2"]],
    ["a key without a colon", '{"a" 1}', ["json/missing-colon 1:2"]],
    ["a key with an equals sign", '{"a" = 1}', ["json/missing-colon 1:6"]],
    ["a key without a value", '{"a": }', ["json/missing-value 1:2"]],
    ["single quotes", "{'a': 'b'}", ["json/single-quotes 1:2", "json/single-quotes 1:7"]],
    ["a word for a value", "[True, yes]", ["json/bad-word 1:2", "json/bad-word 1:8"]],
    ["a number with a leading zero", "[01]", ["json/bad-number 1:2"]],
    ["an escape that does not exist", '["C:\\win"]', ["json/bad-escape 1:5"]],
    ["a tab inside a string", '["a\tb"]', ["json/control-character 1:4"]],
    ["the same key twice", '{"a":1,"a":2}', ["json/duplicate-key 1:8"]],
    ["the same key twice deep inside", '{"a":[{"b":1,"b":2}]}', ["json/duplicate-key 1:14"]],
    ["an object that is never closed", '{"a": [1]', ["json/unclosed 1:1"]],
    ["a list that is closed like an object", '{"a": [1}', ["json/unclosed 1:9"]],
    ["a list whose bracket was forgotten", '{"a": [1,\n"b": 2}', ["json/unclosed 1:7"]],
    ["text after the end", "{} x", ["json/after-end 1:4"]],
    ["two commas", "[1,,2]", ["json/unexpected 1:4"]],
    ["a no-break space", "[\u00a01]", ["json/unexpected 1:2"]],
    [
      "several mistakes at once",
      '{\n// c\n"a": True,\n"b": [1,],\n}',
      ["json/comment 2:1", "json/bad-word 3:6", "json/trailing-comma 4:8", "json/trailing-comma 4:10"],
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(`reports ${what} at its place`, () => assert.deepEqual(mistakes(text), expected));
  }

  it("goes on after a mistake and gives what could be read", () => {
    const { value: read } = readJson(makeTextFile("t", '{"a": True, "b": [1, 2,], c: 3}'));
    assert.deepEqual(read && toPlain(read), { a: "True", b: [1, 2], c: 3 });
  });

  it("ends on text that is nested without end", () =>
    assert.deepEqual(mistakes("[".repeat(100_000)), ["json/too-deep 1:502"]));

  it("stops counting mistakes in what is no JSON at all", () => {
    assert.ok(mistakes("a b c d ".repeat(10_000)).length <= 50);
  });

  it("points into a string past its escapes", () => {
    const { value: read } = readJson(makeTextFile("t", '["\\n\\u00e9{{x"]'));
    const item = read?.is === "list" ? read.items[0] : undefined;
    assert.equal(item?.is === "string" && item.rangeWithin?.(2, 2)?.start.column, 11);
  });

  it("agrees with JSON.parse on what is JSON, and gives the same values", () => {
    // Each text is cut, doubled and changed at many places; both readers must accept the same ones.
    const seeds = ['{"a":[1,2.5,{"b":"x\\u0041\\n"}],"c":null,"d":true}', "[[],{},-0.1e-5]", '"\\ud83d\\ude00"'];
    let accepted = 0;
    for (const seed of seeds) {
      for (let i = 0; i <= seed.length; i++) {
        for (const insert of ["", ",", "]", "}", '"', "0", ":", " ", "-", "e", "\\"]) {
          for (const cut of [0, 1]) {
            const text = seed.slice(0, i) + insert + seed.slice(i + cut);
            const expected = parsed(text);
            const { value: read, diagnostics } = readJson(makeTextFile("t", text));
            const duplicate = diagnostics.every(({ code }) => code === "json/duplicate-key") && diagnostics.length > 0;
            if (duplicate) {
              continue;
            }
            assert.equal(diagnostics.length === 0, expected !== undefined, text);
            if (expected === undefined) {
              continue;
            }
            accepted++;
            assert.deepEqual(read && toPlain(read), expected.value, text);
          }
        }
      }
    }
    assert.ok(accepted > 100);
  });

  it("never throws on this project's own files, cut at any place", () => {
    const folder = new URL("../../../", import.meta.url);
    for (const name of readdirSync(folder).filter((file) => /^(package|tsconfig|biome)\.json$/.test(file))) {
      const text = readFileSync(new URL(name, folder), "utf8");
      for (let end = 0; end < text.length; end += 7) {
        readJson(makeTextFile(name, text.slice(0, end)));
      }
    }
  });
});

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

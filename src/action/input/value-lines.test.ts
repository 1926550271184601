import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readValues } from "./value-lines.ts";

/** Each of them means something in YAML. */
const HARD = [
  "a #b",
  "#a",
  "&a b",
  "*a",
  "!a b",
  "!a",
  "@a",
  "`a",
  "%a",
  "|a",
  "| a",
  "|",
  ">a b",
  ">",
  "- a",
  "? a",
  "a: b",
  "a:",
  "a: ",
  "{a}",
  "[a]",
  "{a: b}",
  '{"a":1.10,"b":[ ]}',
  "{{user `a`}}",
  "${var.a}",
  "%{ if true }",
  '"a" b',
  '"a"',
  "'a'",
  "'a",
  '"a',
  "a'",
  "null",
  "~",
  "yes",
  "007",
  "0x1F",
  "1e3",
  "1_000",
  "1.10",
  "2030-01-01",
  "---",
  "--- a",
  "...",
  "<<EOF",
  "=",
  "==",
  "a=b",
  "a\tb",
  "a\\b",
  "ä🙂\u0000",
  ", a",
  "]",
  "}",
];

describe("secret values", () => {
  for (const value of HARD) {
    it(`are what stands on the line: ${JSON.stringify(value)}`, () => {
      for (const text of [`p: ${value}\n`, `a: b\r\np: ${value}\r\nq: c\r\n`, `p=${value}\nq=c`]) {
        assert.equal(readValues(text, "text").map["p"], value, text);
      }
    });
  }

  it("keep every blank behind them, and behind = also those before them", () => {
    assert.deepEqual(readValues("p:   a  \nq:\tb", "text").map, { p: "a  ", q: "b" });
    assert.deepEqual(
      readValues("p=  a \nq=", "text").problem,
      'Line 2: the variable has no value. Write "" for an empty one.',
    );
    assert.deepEqual(readValues("p=  a \nq=b", "text").map, { p: "  a ", q: "b" });
    assert.deepEqual(readValues("p = a\nq = b", "text").map, { p: "a", q: "b" });
  });

  it("may be empty, of several lines, or JSON of one that has any", () => {
    const block = "p: |\n  one: 1\n\n    # two\n  - three\nq: |-\n  last\nr: x";
    assert.deepEqual(readValues(block, "text").map, { p: "one: 1\n\n  # two\n- three\n", q: "last", r: "x" });
    assert.deepEqual(readValues('p: ""\nq: "a\\nb \\"c\\""\n', "text").map, { p: "", q: 'a\nb "c"' });
  });

  it("may be a map in JSON, each text as JSON has it and each number as it was written", () => {
    const values = { p: "a\nb: 'c' \" # ü🙂\u2028\u0007", q: "", "r.s t": "\ud83d" };
    for (const space of [undefined, 2, "\t"]) {
      assert.deepEqual(readValues(JSON.stringify(values, undefined, space), "text").map, values);
    }
    assert.deepEqual(readValues('{"n": 1.10, "l": [1, "a"]}', "text").map, { n: "1.10", l: '[1,"a"]' });
    assert.match(readValues('{"p": "hidden}', "text").problem ?? "", /^A map in JSON was expected/);
    assert.match(readValues("{p: hidden}", "text").problem ?? "", /^A map in JSON was expected/);
  });

  it("say which of them keep quotes", () => {
    assert.deepEqual(readValues("p: \"a\"\nq: 'b'\nr: c", "text").quoted, ["p", "q"]);
  });

  it("are refused, with the line and no word of them, where a line is no variable", () => {
    const cases: Readonly<Record<string, RegExp>> = {
      "p: -----BEGIN X-----\nMIIhidden\n-----END X-----": /^Line 2: a name with a value was expected/,
      "p: QUhidden\nQUhidden==": /^Line 2: a name with a value was expected/,
      'p: {\n  "hidden": 1\n}': /^Line 2: a name was expected at the beginning of the line/,
      "p: a\n  hidden": /^Line 2: a name was expected at the beginning/,
      "p: a\n\n  q: hidden": /^Line 3: a name was expected at the beginning/,
      hidden: /^Line 1: a name with a value was expected/,
      "p:hidden": /^Line 1: a name with a value was expected/,
      "- p: hidden": /^It has to be a list of names/,
      "p: hidden\np: hidden": /^Line 2: a name was expected that was not given before/,
      "p:\nq: hidden": /^Line 1: the variable has no value/,
    };
    for (const [text, problem] of Object.entries(cases)) {
      const read = readValues(text, "text");
      assert.match(read.problem ?? "", problem, text);
      assert.doesNotMatch(read.problem ?? "", /hidden/);
      assert.deepEqual(read.map, {});
    }
  });
});

describe("values of variables", () => {
  const STRUCTURED = /^(?:\[|\{(?!\{)|"a"$|'a'$|null$|~$|a: $)/;
  for (const value of HARD.filter((each) => !STRUCTURED.test(each))) {
    it(`are what stands on the line where no structure is meant: ${JSON.stringify(value)}`, () => {
      assert.equal(readValues(`a: b\np: ${value}\nq: c`, "any").map["p"], value);
    });
  }

  it("have the structure that YAML gives them where one is meant", () => {
    const text = [
      "# A comment",
      "s: 1.10",
      'l: [a, "b,c"]',
      "m:",
      "  k: v",
      "  z: 1.0",
      "i:",
      "- one",
      "- two",
      "f: [",
      "  1,",
      "]",
      "",
      'q: "x\\ty" # Another',
      "b: |",
      "  1",
      "  2",
      "g: >-",
      "  1",
      "  2",
      'e: ""',
      "  ",
    ].join("\n");
    assert.deepEqual(readValues(text, "any").map, {
      s: "1.10",
      l: '["a","b,c"]',
      m: '{"k":"v","z":1}',
      i: '["one","two"]',
      f: "[1]",
      q: "x\ty",
      b: "1\n2\n",
      g: "1 2",
      e: "",
    });
  });

  it("may all be indented, and be lines NAME=value", () => {
    assert.deepEqual(readValues("  a: 1\n  b: 2\n", "any").map, { a: "1", b: "2" });
    assert.deepEqual(readValues('a = "x"\nb = 5', "any").map, { a: "x", b: "5" });
    assert.deepEqual(readValues("# nothing\n", "any").map, {});
  });

  it("say on which line something is wrong", () => {
    assert.match(readValues("a: b\n\nc: [1", "any").problem ?? "", /^Line 3: /);
    assert.match(readValues("a: 1\na: 2", "any").problem ?? "", /^Line 2: a name was expected that was not given/);
    assert.match(readValues("a: b\nc:", "any").problem ?? "", /^Line 2: the variable has no value/);
  });
});

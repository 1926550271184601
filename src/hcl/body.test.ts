import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Body } from "./body.ts";
import { expandDynamicBlocks } from "./dynamic-blocks.ts";
import { parseJsonConfig } from "./json.ts";
import { mergeBodies } from "./merged-body.ts";
import { parseConfig } from "./parser.ts";
import { asCall, asReference, literalString, readElements, readItems, readKeyword } from "./static.ts";

const native = (text: string): Body => parseConfig(text, "a.hcl").body;
const json = (value: unknown): Body => parseJsonConfig(JSON.stringify(value), "a.json").body;

/** The same content in both syntaxes. */
const both: readonly (readonly [name: string, body: Body])[] = [
  ["native syntax", native('a = 1\nb = 2\nthing "x" {\n}\nother {\n}\n')],
  ["JSON syntax", json({ a: 1, b: 2, thing: { x: {} }, other: {} })],
];

describe("hcl/body", () => {
  for (const [name, body] of both) {
    it(`leaves to the next reader what a first one did not know, in ${name}`, () => {
      const first = body.partialContent({ attributes: [{ name: "a" }], blocks: [{ type: "thing", labels: ["name"] }] });
      assert.deepEqual([...first.attributes.keys()], ["a"]);
      assert.deepEqual(
        first.blocks.map(({ type, labels }) => [type, labels]),
        [["thing", ["x"]]],
      );
      const second = first.remain.content({ attributes: [{ name: "b" }], blocks: [{ type: "other" }] });
      assert.deepEqual([...second.attributes.keys()], ["b"]);
      assert.deepEqual(
        second.blocks.map(({ type }) => type),
        ["other"],
      );
      assert.deepEqual([...first.diagnostics, ...second.diagnostics], []);
    });
  }

  it("refuses blocks where only attributes may be", () => {
    const { attributes, diagnostics } = native("a = 1\nb {\n}\n").justAttributes();
    assert.deepEqual([...attributes.keys()], ["a"]);
    assert.deepEqual(
      diagnostics.map(({ code, hint }) => [code, hint?.includes("equals sign")]),
      [["hcl/unexpected-block", true]],
    );
  });

  it("suggests the argument or block that was meant", () => {
    const schema = { attributes: [{ name: "inline" }], blocks: [{ type: "content" }] };
    const hints = native("inlin = 1\ncontent = 2\ninline {\n}\n")
      .content(schema)
      .diagnostics.map(({ hint }) => hint);
    assert.equal(hints[0], 'did you mean "inline"?');
    assert.match(hints[1] ?? "", /leave out the equals sign/);
    assert.match(hints[2] ?? "", /equals sign after its name/);
  });

  it("takes several files as one", () => {
    const merged = mergeBodies([native("a = 1\n"), native('thing "x" {\n}\n'), json({ b: 2, thing: { y: {} } })]);
    const schema = {
      attributes: [{ name: "a", required: true }, { name: "b" }],
      blocks: [{ type: "thing", labels: ["name"] }],
    };
    const content = merged.content(schema);
    assert.deepEqual([...content.attributes.keys()], ["a", "b"]);
    assert.deepEqual(
      content.blocks.flatMap(({ labels }) => labels),
      ["x", "y"],
    );
    assert.deepEqual(content.diagnostics, []);
    const codes = mergeBodies([native("b = 1\n"), native("b = 2\n")])
      .content(schema)
      .diagnostics.map(({ code }) => code);
    assert.deepEqual(codes.sort(), ["hcl/duplicate-argument", "hcl/missing-argument"]);
  });

  it("expands each dynamic block for one reader only", () => {
    const text =
      'dynamic "thing" {\n  for_each = [1]\n  content {}\n}\ndynamic "other" {\n  for_each = [1, 2]\n  content {}\n}\n';
    const body = expandDynamicBlocks(native(text), { variables: new Map() });
    const first = body.partialContent({ blocks: [{ type: "thing" }] });
    assert.equal(first.blocks.length, 1);
    const second = first.remain.content({ blocks: [{ type: "other" }] });
    assert.equal(second.blocks.length, 2);
    assert.deepEqual([...first.diagnostics, ...second.diagnostics], []);
  });
});

describe("hcl/static", () => {
  const attribute = (body: Body) => {
    const expression = body.justAttributes().attributes.get("a")?.expression;
    assert.ok(expression !== undefined);
    return expression;
  };
  const inBoth = (nativeText: string, jsonValue: unknown) => [
    attribute(native(`a = ${nativeText}\n`)),
    attribute(json({ a: jsonValue })),
  ];

  it("reads references, keywords and calls, which are strings in JSON", () => {
    for (const expression of inBoth("source.null.x", "source.null.x")) {
      const reference = asReference(expression);
      assert.deepEqual(
        [reference?.root, reference?.steps.map((step) => step.kind === "attribute" && step.name)],
        ["source", ["null", "x"]],
      );
    }
    for (const expression of inBoth("string", "string")) {
      assert.equal(readKeyword(expression), "string");
    }
    for (const expression of inBoth("list(string)", "list(string)")) {
      assert.equal(asCall(expression)?.name, "list");
    }
    for (const expression of inBoth("1 + 2", 1)) {
      assert.deepEqual(
        [asReference(expression), readKeyword(expression), asCall(expression)],
        [undefined, undefined, undefined],
      );
    }
  });

  it("reads lists, objects and plain strings that are written out", () => {
    for (const expression of inBoth('["x", "y"]', ["x", "y"])) {
      assert.deepEqual(readElements(expression)?.map(literalString), ["x", "y"]);
    }
    for (const expression of inBoth('{x = "1", "y" = "2"}', { x: "1", y: "2" })) {
      assert.deepEqual(
        readItems(expression)?.map(({ name, value }) => [name, literalString(value)]),
        [
          ["x", "1"],
          ["y", "2"],
        ],
      );
    }
    const [template] = inBoth('"a ${b}"', "");
    assert.equal(template === undefined ? "" : literalString(template), undefined);
  });
});

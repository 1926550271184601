import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasErrors } from "../diagnostic/diagnostic.ts";
import { evaluate } from "./evaluate.ts";
import { parseJsonConfig } from "./json.ts";
import { maxDiagnostics, maxTextLength } from "./limits.ts";
import { parseConfig, parseExpression, parseTemplate } from "./parser.ts";
import { referencesIn } from "./static.ts";

function onlyMistake(text: string) {
  const { diagnostics } = parseConfig(text, "build.pkr.hcl");
  assert.equal(diagnostics.length, 1, JSON.stringify(diagnostics.map(({ code }) => code)));
  const [diagnostic] = diagnostics;
  assert.ok(diagnostic !== undefined);
  return diagnostic;
}

describe("hcl/parser", () => {
  it("gives every node its exact range", () => {
    const { body } = parseConfig('source "null" "x" {\n  port = 22 + one\n}\n', "a.hcl");
    const [block] = body.blocks;
    const attribute = block?.body.attributes.get("port");
    assert.equal(block?.headerRange.text, 'source "null" "x"');
    assert.deepEqual(
      block?.labelRanges.map(({ text }) => text),
      ['"null"', '"x"'],
    );
    assert.equal(block?.range.text, 'source "null" "x" {\n  port = 22 + one\n}');
    assert.equal(attribute?.range.text, "port = 22 + one");
    assert.equal(attribute?.expression.range.text, "22 + one");
    assert.deepEqual(attribute?.nameRange.toRange(), {
      filename: "a.hcl",
      start: { line: 2, column: 3, offset: 22 },
      end: { line: 2, column: 7, offset: 26 },
    });
  });

  it("says what was found where something else was expected", () => {
    const diagnostic = onlyMistake("a = [1 2]\n");
    assert.equal(diagnostic.code, "hcl/missing-separator");
    assert.match(diagnostic.detail ?? "", /comma was expected.*"2"/);
    assert.equal(diagnostic.context?.start.column, 5);
  });

  it("tells how to mend an unclosed string and shows its line", () => {
    const diagnostic = onlyMistake('a = "one\nb = 2\n');
    assert.match(diagnostic.hint ?? "", /heredoc/);
    assert.deepEqual([diagnostic.context?.start.offset, diagnostic.context?.end.offset], [4, 8]);
  });

  it("names the missing line break when a heredoc ends with the file", () => {
    assert.match(onlyMistake("a = <<EOT\nx\nEOT").hint ?? "", /line break/);
  });

  it("points at the block that was left open, not at the file's first one", () => {
    const diagnostic = onlyMistake('build {\n  source "a" {\n    name = 1\n\n  provisioner "b" {\n    c = 1\n  }\n}\n');
    assert.deepEqual([diagnostic.code, diagnostic.subject?.start.line], ["hcl/unclosed-brace", 2]);
  });

  it("names where an argument was set before", () => {
    assert.match(onlyMistake("a = 1\na = 2\n").detail ?? "", /build\.pkr\.hcl:1,1-2/);
  });

  it("refuses text that is too long, in every syntax", () => {
    const long = " ".repeat(maxTextLength + 1);
    for (const { diagnostics } of [
      parseConfig(long, "x"),
      parseExpression(long),
      parseTemplate(long),
      parseJsonConfig(long, "x"),
    ]) {
      assert.ok(diagnostics.some(({ code }) => code === "hcl/too-large"));
    }
  });

  it("refuses what is nested too deeply instead of exhausting the stack", () => {
    const deep = 20_000;
    const texts = ["[", "(", "{a=", "-", "!", "f(", '"${', "x ? y : ", "[for x in ", "[[*]", "x[*]"].map(
      (piece) => `a = ${piece.repeat(deep)}`,
    );
    for (const text of [...texts, "a {\n".repeat(deep), `a = "${"%{if x}".repeat(deep)}"`]) {
      const { body, diagnostics } = parseConfig(text, "x");
      assert.ok(hasErrors(diagnostics), text.slice(0, 20));
      for (const { expression } of body.attributes.values()) {
        evaluate(expression, { variables: new Map() });
      }
    }
    for (const piece of ["[", '{"a":']) {
      assert.ok(parseJsonConfig(piece.repeat(deep), "x").diagnostics.some(({ code }) => code === "hcl/too-deep"));
    }
  });

  it("takes names of any length", () => {
    const name = "E".repeat(200_000);
    for (const text of [
      `a = <<${name} x\n${name}\n`,
      `a = <<${name}\nx\n${name}\n`,
      `${name} = 1\n`,
      `a = ${name}\n`,
    ]) {
      const { body } = parseConfig(text, "x");
      for (const { expression } of body.attributes.values()) {
        evaluate(expression, { variables: new Map() });
      }
    }
  });

  it("takes chains of any length", () => {
    const length = 20_000;
    for (const text of [
      `1${" + 1".repeat(length)}`,
      `x${".a".repeat(length)}`,
      `x${"[0]".repeat(length)}`,
      `"${"${x}".repeat(length)}"`,
      `[${"1,".repeat(length)}]`,
    ]) {
      const { expression, diagnostics } = parseExpression(text);
      assert.deepEqual(diagnostics, []);
      evaluate(expression, { variables: new Map() });
      referencesIn(expression);
    }
  });

  it("stops reporting at a bound", () => {
    assert.equal(parseConfig("a = 1 1\n".repeat(maxDiagnostics * 3), "x").diagnostics.length, maxDiagnostics);
  });
});

describe("hcl/evaluate", () => {
  const codesOf = (text: string, context: Parameters<typeof evaluate>[1]) =>
    evaluate(parseExpression(text).expression, context).diagnostics.map(({ code }) => code);

  it("allows neither variables nor functions where none are offered", () => {
    assert.deepEqual(codesOf("var.x", {}), ["hcl/variables-not-allowed"]);
    assert.deepEqual(codesOf("upper(1)", {}), ["hcl/functions-not-allowed"]);
    assert.deepEqual(codesOf("var.x", { variables: new Map() }), ["hcl/unknown-variable"]);
    assert.deepEqual(codesOf("upper(1)", { variables: new Map(), functions: new Map() }), ["hcl/unknown-function"]);
  });

  it("looks for variables in the scopes around", () => {
    const outer = { variables: new Map([["a", evaluate(parseExpression("1").expression).value]]) };
    assert.deepEqual(codesOf("a", { variables: new Map(), parent: outer }), []);
  });

  it("suggests the variable, function or attribute that was meant", () => {
    const context = { variables: new Map([["region", evaluate(parseExpression("{zone = 1}").expression).value]]) };
    assert.equal(
      evaluate(parseExpression("regoin").expression, context).diagnostics[0]?.hint,
      'did you mean "region"?',
    );
    assert.equal(
      evaluate(parseExpression("region.zoen").expression, context).diagnostics[0]?.hint,
      'did you mean "zone"?',
    );
  });

  it("leaves strings of JSON as they are where no template can be", () => {
    const { body } = parseJsonConfig('{"a": "${x}"}', "x.json");
    const expression = body.justAttributes().attributes.get("a")?.expression;
    assert.ok(expression !== undefined);
    assert.equal(evaluate(expression).value.data, "${x}");
    assert.deepEqual(
      evaluate(expression, { variables: new Map() }).diagnostics.map(({ code }) => code),
      ["hcl/unknown-variable"],
    );
  });

  it("does not let loops inside of loops run on", () => {
    const nested = (depth: number, inner: string) =>
      Array.from({ length: depth }).reduce<string>((text) => `[for x in [1, 2, 3] : ${text}]`, inner);
    const context = { variables: new Map(), functions: new Map() };
    assert.deepEqual(codesOf(nested(30, "x"), context), ["hcl/too-large"]);
    assert.deepEqual(codesOf(nested(30, "true ? [x] : [x][*]"), context), ["hcl/too-large"]);
    assert.deepEqual(codesOf(nested(6, "x"), context), []);
  });

  it("does not let a template grow without bounds", () => {
    const text = `"${"${a}".repeat(100)}"`;
    const context = {
      variables: new Map([["a", evaluate(parseExpression(`"${"x".repeat(1_000_000)}"`).expression).value]]),
    };
    assert.deepEqual(codesOf(text, context), ["hcl/too-large"]);
  });
});

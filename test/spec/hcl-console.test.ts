// Random expressions, worked out by Packer's own console and by us.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { numberText } from "../../src/cty/number-text.ts";
import { asNumber, type Value } from "../../src/cty/value.ts";
import { evaluate } from "../../src/hcl/evaluate.ts";
import { parseExpression } from "../../src/hcl/parser.ts";
import { needs } from "../needs.ts";
import { scope } from "./hcl-cases.ts";
import { Random } from "./random.ts";

/** How many expressions; `HCL_CONSOLE` asks for a longer run. */
const wanted = Number(process.env["HCL_CONSOLE"] ?? 400);
const seed = Number(process.env["HCL_CONSOLE_SEED"] ?? 1);
const perCall = 50;

/**
 * Writes well-typed expressions at random. Left out is what changed since Packer 1.6.6: the precision of remainders (which had
 * 64 bits), conditions between lists and tuples, and equality with null inside of lists (which was unknown).
 */
class Writer {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  #one(...choices: (() => string)[]): string {
    return this.#random.pick(choices, () => "0")();
  }

  any(depth: number): string {
    return this.#one(
      () => this.number(depth),
      () => this.bool(depth),
      () => this.string(depth),
      () => this.list(depth),
      () => this.object(depth),
    );
  }

  scalar(depth: number): string {
    return this.#one(
      () => this.number(depth),
      () => this.bool(depth),
      () => this.string(depth),
    );
  }

  number(depth: number): string {
    const digits = () => String(this.#random.below(100_000));
    if (depth <= 0) {
      return this.#one(
        digits,
        () => `${digits()}.${digits()}`,
        () => `1e${this.#random.below(30)}`,
        () => `${digits()}e-${this.#random.below(20)}`,
        () => `"${digits()}"`,
      );
    }
    const inner = () => this.number(depth - 1);
    const operator = this.#random.pick(["+", "-", "*", "/"], "+");
    return this.#one(
      () => `${inner()} ${operator} ${inner()}`,
      () => `(${inner()})`,
      () => `-${inner()}`,
      () => `(${this.#random.below(10_000)} % ${1 + this.#random.below(100)} + 0)`,
      () => `length(${this.list(depth - 1)})`,
      () => `length(${this.string(depth - 1)})`,
      () => `max(${inner()}, ${inner()})`,
      () => `max([${inner()}, ${inner()}]...)`,
      () => `(${this.bool(depth - 1)} ? ${inner()} : ${inner()})`,
      () => `[${inner()}, 1][0]`,
      () => `{a = ${inner()}}.a`,
      () => `{"k" : ${inner()}}["k"]`,
    );
  }

  bool(depth: number): string {
    if (depth <= 0) {
      return this.#random.pick(["true", "false", '"true"', '"false"'], "true");
    }
    const inner = () => this.bool(depth - 1);
    return this.#one(
      () => `${this.number(depth - 1)} ${this.#random.pick(["<", "<=", ">", ">="], "<")} ${this.number(depth - 1)}`,
      () => `(${this.scalar(depth - 1)} ${this.#random.pick(["==", "!="], "==")} ${this.scalar(depth - 1)})`,
      () => `(${this.list(depth - 1)} == ${this.list(depth - 1)})`,
      () => `!${this.#random.pick(["true", "false", "(1 == 2)"], "true")}`,
      () => `(${inner()} && ${inner()})`,
      () => `(${inner()} || ${inner()})`,
    );
  }

  #text(): string {
    const pieces = [
      "a",
      "b",
      "Zed",
      " ",
      "é",
      "日本",
      "👩‍👩‍👧‍👦",
      "\\n",
      "\\t",
      '\\"',
      "\\\\",
      "\\u00e9",
      "n\u0303",
      "$",
      "%",
      "$${x}",
      "%%{y}",
      "#",
      "{",
      "}",
      "~",
    ];
    return Array.from({ length: this.#random.below(5) }, () => this.#random.pick(pieces, "")).join("");
  }

  string(depth: number): string {
    if (depth <= 0) {
      return `"${this.#text()}"`;
    }
    const [open, close] = [this.#random.pick(["${", "${~ "], "${"), this.#random.pick(["}", " ~}"], "}")];
    return this.#one(
      () => `"${this.#text()}-${open}${this.scalar(depth - 1)}${close}${this.#text()}"`,
      () => `upper(${this.string(depth - 1)})`,
      () => `"%{ if ${this.bool(depth - 1)} ~}${this.#text()}%{ else }${this.#text()}%{~ endif }"`,
      () => `"%{ for i, x in ${this.list(depth - 1)} }\${i}${this.#text()}%{ endfor }"`,
      () => `(${this.bool(depth - 1)} ? ${this.string(depth - 1)} : ${this.scalar(depth - 1)})`,
    );
  }

  list(depth: number): string {
    if (depth <= 0) {
      return this.#random.pick(["[]", "[1]", '["a", "b"]', '[true, 1, "x"]', "[1, 2, 3,]"], "[]");
    }
    const [list, object] = [() => this.list(depth - 1), () => this.object(depth - 1)];
    return this.#one(
      () => `[${Array.from({ length: this.#random.below(4) }, () => this.any(depth - 1)).join(", ")}]`,
      () => `[for x in ${list()} : x]`,
      () => `[for i, x in ${list()} : i if ${this.bool(depth - 1)}]`,
      () => `[for k, x in ${object()} : k]`,
      () => `${list()}[*]`,
      () => `[{a = ${this.any(depth - 1)}}, {a = 1}][*].a`,
      () => `[{a = ${this.any(depth - 1)}}, {a = 1}].*.a`,
      () => `(${this.bool(depth - 1)} ? [${this.scalar(depth - 1)}] : [${this.string(depth - 1)}])`,
    );
  }

  object(depth: number): string {
    if (depth <= 0) {
      return this.#random.pick(["{}", "{a = 1}", '{a = 1, b = "x"}', '{"a b" : true}'], "{}");
    }
    const keys = ["a", "b", "c-d", '"q r"', "(1 + 1)", "true", '"a${1}"', '(upper("x"))'];
    const item = () => `${this.#random.pick(keys, "a")} ${this.#random.pick(["=", ":"], "=")} ${this.any(depth - 1)}`;
    return this.#one(
      () => `{${Array.from({ length: this.#random.below(4) }, item).join(", ")}}`,
      () => `{for i, x in ${this.list(depth - 1)} : i => x}`,
      () => `{for x in ["a", "b", "a"] : x => ${this.scalar(depth - 1)}...}`,
      () => `(${this.bool(depth - 1)} ? {a = ${this.scalar(depth - 1)}} : {a = ${this.string(depth - 1)}})`,
    );
  }
}

/** The value as `jsonencode` writes it: numbers in full, keys in order. */
function encoded(value: Value): string {
  if (Array.isArray(value.data)) {
    return `[${value.data.map(encoded).join(",")}]`;
  }
  if (value.data instanceof Map) {
    return `{${[...value.data].map(([name, part]) => `${JSON.stringify(name)}:${encoded(part)}`).join(",")}}`;
  }
  return value.type.kind === "number" ? numberText(asNumber(value)) : JSON.stringify(value.data);
}

/** Expressions that have a value, and that value; infinity cannot be encoded. */
function expressions(): { text: string; value: string }[] {
  const writer = new Writer(new Random(seed));
  const found: { text: string; value: string }[] = [];
  while (found.length < wanted) {
    const text = writer.any(3);
    const parsed = parseExpression(text);
    const { value, diagnostics } = evaluate(parsed.expression, scope);
    if (parsed.diagnostics.length + diagnostics.length === 0 && text.length < 1000 && !/Inf/.test(encoded(value))) {
      found.push({ text, value: encoded(value) });
    }
  }
  return found;
}

function console(texts: readonly string[]): string {
  const input = `jsonencode([${texts.join(", ")}])\n`;
  return spawnSync("packer", ["console", "-config-type=hcl2"], { input, encoding: "utf8" }).stdout.trim();
}

describe("hcl/packer console", () => {
  it(`agrees with us on ${wanted} random expressions`, (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const all = expressions();
    for (let from = 0; from < all.length; from += perCall) {
      const group = all.slice(from, from + perCall);
      if (console(group.map(({ text }) => text)) === `[${group.map(({ value }) => value).join(",")}]`) {
        continue;
      }
      for (const { text, value } of group) {
        assert.equal(console([text]), `[${value}]`, text);
      }
    }
  });
});

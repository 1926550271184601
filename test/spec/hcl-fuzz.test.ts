// Damaged HCL2: whatever is read, nothing crashes, and every mistake lies inside the text.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Value } from "../../src/cty/value.ts";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import type { Expression } from "../../src/hcl/ast.ts";
import { expandDynamicBlocks } from "../../src/hcl/dynamic-blocks.ts";
import { evaluate } from "../../src/hcl/evaluate.ts";
import { format } from "../../src/hcl/format.ts";
import { parseJsonConfig } from "../../src/hcl/json.ts";
import { maxDiagnostics } from "../../src/hcl/limits.ts";
import type { NativeBody } from "../../src/hcl/native-body.ts";
import { parseConfig, parseExpression, parseTemplate } from "../../src/hcl/parser.ts";
import { callsIn, referencesIn } from "../../src/hcl/static.ts";
import { parseTypeConstraint } from "../../src/hcl/type-expression.ts";
import { type CaseFile, scope } from "./hcl-cases.ts";
import { Random } from "./random.ts";

/** How many inputs; `HCL_FUZZ` asks for a longer run. */
const rounds = Number(process.env["HCL_FUZZ"] ?? 1500);
const seed = Number(process.env["HCL_FUZZ_SEED"] ?? 1);

const folder = new URL("hcl/", import.meta.url);
const inputs = readdirSync(folder).flatMap((name) => {
  const { rules } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as CaseFile;
  return rules.flatMap(({ cases }) => cases.map(({ input }) => input));
});

const scraps = [
  ..."{}[]()=<>!+-*/%?:.,\"'\\$#~@`\n\r\t ée\u0301",
  "${",
  "%{",
  "$${",
  "~}",
  "${~",
  "...",
  "<<EOT\n",
  "<<-E\n",
  "EOT\n",
  "/*",
  "*/",
  "//",
  "=>",
  "==",
  "&&",
  "||",
  "[*]",
  ".*",
  " for ",
  " in ",
  " if ",
  "endfor",
  "else",
  "null",
  "true",
  "1e9",
  "1e99999999",
  "9".repeat(400),
  "👩‍👩‍👧‍👦",
  "\u0000",
  "\ud800",
  "\ufeff",
  "\\u00e9",
  "\\U0010ffff",
  "dynamic",
  "for_each",
  "optional(",
];

function damaged(random: Random): string {
  let text = random.pick(inputs, "");
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    const to = Math.min(text.length, at + 1 + random.below(8));
    const piece = text.slice(at, to);
    const kind = random.below(6);
    if (kind === 0) {
      text = text.slice(0, at) + text.slice(to);
    } else if (kind === 1) {
      text = text.slice(0, at) + random.pick(scraps, "") + text.slice(at);
    } else if (kind === 2) {
      text = text.slice(0, at) + piece.repeat(2 + random.below(3)) + text.slice(to);
    } else if (kind === 3) {
      text = text.slice(0, at) + random.pick(inputs, "") + text.slice(to);
    } else if (kind === 4) {
      text = text.slice(0, at) + random.pick(scraps, "").repeat(1 + random.below(300)) + text.slice(at);
    } else {
      text = text.slice(0, at);
    }
  }
  return text;
}

/** Reads the text in every way there is and gives all that was found wrong. */
function readEverything(text: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const examine = (expression: Expression): Value => {
    referencesIn(expression);
    callsIn(expression);
    found.push(...parseTypeConstraint(expression).diagnostics);
    const { value, diagnostics } = evaluate(expression, scope);
    found.push(...diagnostics);
    return value;
  };
  const native = parseConfig(text, "fuzz");
  found.push(...native.diagnostics);
  examineBody(native.body, examine);
  const content = expandDynamicBlocks(native.body, scope).content({
    attributes: [{ name: "a" }],
    blocks: [{ type: "empty" }, { type: "group", labels: ["name"] }],
  });
  found.push(...content.diagnostics);
  for (const { expression, diagnostics } of [parseExpression(text, "fuzz"), parseTemplate(text, "fuzz")]) {
    found.push(...diagnostics);
    examine(expression);
  }
  const json = parseJsonConfig(text, "fuzz");
  found.push(...json.diagnostics);
  for (const { expression } of json.body.justAttributes().attributes.values()) {
    examine(expression);
  }
  return found;
}

function examineBody(body: NativeBody, examine: (expression: Expression) => void): void {
  for (const { expression } of body.attributes.values()) {
    examine(expression);
  }
  for (const block of body.blocks) {
    examineBody(block.body, examine);
  }
}

function assertInside(text: string, { code, subject }: Diagnostic): void {
  assert.ok(subject !== undefined, `${code} has a place`);
  const { start, end } = subject;
  assert.ok(
    start.offset >= 0 && start.offset <= end.offset && end.offset <= text.length,
    `${code} lies inside the text`,
  );
  assert.ok(
    start.line >= 1 &&
      start.column >= 1 &&
      (start.line < end.line || (start.line === end.line && start.column <= end.column)),
    `${code} ends after it starts`,
  );
}

describe("hcl/damaged text", () => {
  it(`is read without a crash, and every mistake has its place (${rounds} inputs)`, () => {
    const random = new Random(seed);
    for (let round = 0; round < rounds; round++) {
      const text = damaged(random);
      try {
        const found = readEverything(text);
        for (const diagnostic of found.slice(0, maxDiagnostics)) {
          assertInside(text, diagnostic);
        }
        assertStable(text);
      } catch (cause) {
        throw new Error(`input ${round} of seed ${seed}: ${JSON.stringify(text)}`, { cause });
      }
    }
  });
});

/** Formatting changes nothing but white space, and formatting twice changes nothing more. */
function assertStable(text: string): void {
  const once = format(text);
  if (once.diagnostics.length > 0) {
    assert.equal(once.text, text);
    return;
  }
  const twice = format(once.text);
  assert.deepEqual(twice.diagnostics, []);
  assert.equal(twice.text, once.text);
}

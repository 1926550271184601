// Random calls of functions, worked out by Packer's own console and by us.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { asString, isKnown } from "../../src/cty/value.ts";
import { evaluate } from "../../src/hcl/evaluate.ts";
import { parseExpression } from "../../src/hcl/parser.ts";
import { needs } from "../needs.ts";
import { functionScope } from "../spec/functions/scope.ts";
import { Random } from "../spec/random.ts";
import { calledFunctions, randomCall } from "./random-calls.ts";

/** Calls of each function; `HCL_FUNCTIONS` asks for a longer run. */
const rounds = Number(process.env["HCL_FUNCTIONS"] ?? 8);
const seed = Number(process.env["HCL_FUNCTIONS_SEED"] ?? 1);
/** The console reads lines of no more than 64 KiB. */
const longestLine = 50_000;
const failed = "(a mistake)";

/** An expression that gives the value of the call as JSON, or says that there is none. */
function guarded(call: string): string {
  return `try(jsonencode([${call}]), "${failed}")`;
}

/** What Packer makes of the calls. */
function theirs(calls: readonly string[]): string[] {
  const input = `jsonencode([${calls.map(guarded).join(", ")}])\n`;
  const { stdout } = spawnSync("packer", ["console", "-config-type=hcl2"], { input, encoding: "utf8" });
  try {
    return JSON.parse(stdout) as string[];
  } catch {
    // One of the calls cannot even be read: it is found by halving.
    if (calls.length <= 1) {
      return calls.map(() => failed);
    }
    const half = Math.ceil(calls.length / 2);
    return [...theirs(calls.slice(0, half)), ...theirs(calls.slice(half))];
  }
}

/** What we make of a call. */
function ours(call: string): string {
  const { expression, diagnostics } = parseExpression(guarded(call));
  if (diagnostics.length > 0) {
    return failed;
  }
  const { value } = evaluate(expression, functionScope);
  return isKnown(value) ? asString(value) : "(unknown)";
}

/** Calls that Packer 1.6.6 answers in a way that is not wanted, and why. */
const deliberate: readonly { readonly why: string; readonly call: RegExp; readonly packer?: RegExp | undefined }[] = [
  { why: "null is encoded, as newer versions do", call: /^jsonencode\(null\)$/, packer: /mistake/ },
  {
    why: "the whole address space has no parts there",
    call: /^cidrsubnets\("(?:0\.0\.0\.0|::)\/0"/,
    packer: /mistake/,
  },
  { why: "numbers beyond 64 bits overflow there", call: /^(?:ceil|floor)\(/, packer: /^\[-9223372036854775808\]$/ },
];

function isDeliberate(call: string, expected: string): boolean {
  return deliberate.some((difference) => difference.call.test(call) && (difference.packer?.test(expected) ?? true));
}

function batches(calls: readonly string[]): string[][] {
  const found: string[][] = [[]];
  let length = 0;
  for (const call of calls) {
    const size = Buffer.byteLength(guarded(call)) + 2;
    if (length + size > longestLine) {
      found.push([]);
      length = 0;
    }
    length += size;
    found.at(-1)?.push(call);
  }
  return found;
}

describe("template/functions beside packer console", () => {
  it(`agrees with us on ${rounds * calledFunctions.length} random calls`, (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const random = new Random(seed);
    const calls = calledFunctions.flatMap((name) => Array.from({ length: rounds }, () => randomCall(random, name)));
    const different: string[] = [];
    for (const batch of batches(calls)) {
      theirs(batch).forEach((expected, i) => {
        const call = batch[i] ?? "";
        const mine = ours(call);
        if (mine !== expected && !isDeliberate(call, expected)) {
          different.push(`${call}\n  packer: ${expected}\n  here:   ${mine}`);
        }
      });
    }
    assert.deepEqual(different, []);
  });
});

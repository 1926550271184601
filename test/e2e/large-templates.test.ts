// Templates that are hostile or only huge: each ends soon, in a message or in what it says, and hears an interrupt on the way.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";

const GOOD = 'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n}\n';
const locals = (...lines: readonly string[]): string =>
  `${GOOD}locals {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
const times = (count: number, line: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => line(i));

/** What is too much, and how it is written. */
const bombs: readonly (readonly [what: string, text: string])[] = [
  [
    "loops that are small one by one",
    locals("r = range(600)", ...times(30, (i) => `n${i} = length([for a in local.r : [for b in local.r : a]])`)),
  ],
  ["lists that double", locals('l0 = ["x", "y"]', ...times(40, (i) => `l${i + 1} = concat(local.l${i}, local.l${i})`))],
  ["lists of the same list", locals('l0 = ["x", "y"]', ...times(40, (i) => `l${i + 1} = [local.l${i}, local.l${i}]`))],
  [
    "texts that are joined from texts",
    locals('t0 = "0123456789"', ...times(12, (i) => `t${i + 1} = join("", [for x in range(30) : local.t${i}])`)),
  ],
  ["texts that are printed wide", locals(...times(99, (i) => `f${i} = format("%900000s", "x")`))],
  [
    "comparisons of large values",
    locals("g = [for a in range(300) : range(300)]", "e = [for i in range(900) : local.g == local.g]"),
  ],
  ["hashes that are slow", locals('h = [for i in range(500) : bcrypt("x", 11)]')],
  [
    "patterns over long texts",
    locals(
      't = join("", range(1000))',
      'u = join("", [for i in range(500) : local.t])',
      'm = [for i in range(500) : regexall("[0-9]+?x", local.u)]',
    ),
  ],
  [
    "what a try would swallow",
    locals("r = range(800)", 'a = try([for a in local.r : [for b in local.r : a + b]], "fine")'),
  ],
];

describe("e2e/large templates", () => {
  for (const [what, text] of bombs) {
    it(`says that ${what} are too much`, { timeout: 120_000 }, async (t) => {
      const { code, stdout, stderr } = await packerTs(["validate", "t.pkr.hcl"], {
        cwd: folderWith(t, { "t.pkr.hcl": text }),
      });
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout, /\[hcl\/(?:too-large|call-failed|invalid-argument)\]/);
      assert.doesNotMatch(stdout + stderr, /bug in packer-ts|heap/);
    });
  }

  it("works out a chain of 5,000 locals, in whatever order they stand", { timeout: 120_000 }, async (t) => {
    const chain = times(5_000, (i) => `l${i} = "\${local.l${i + 1}}"`);
    const text = `${GOOD.replace('["null.a"]', '["null.a"]\n  name = local.l0')}locals {\n  ${chain.join("\n  ")}\n  l5000 = "end"\n}\n`;
    const { code, stdout } = await packerTs(["plan", "-json", "t.pkr.hcl"], {
      cwd: folderWith(t, { "t.pkr.hcl": text }),
    });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /end\.null\.a/);
  });

  it("finds its places on one line of 60,000 variables", { timeout: 60_000 }, async (t) => {
    const variables = Object.fromEntries(times(60_000, (i) => `v${i}`).map((name) => [name, "x"]));
    const text = JSON.stringify({ variables, builders: [{ type: "null", communicator: "none" }] });
    const { code, stdout } = await packerTs(["validate", "t.json"], { cwd: folderWith(t, { "t.json": text }) });
    assert.equal(code, 0, stdout);
  });

  it("reads YAML with tens of thousands of keys in a time that grows as they do", { timeout: 120_000 }, async (t) => {
    const write = (count: number): string =>
      `variables:\n${times(count, (i) => `  v${i}: "x"`).join("\n")}\nbuilders: [{ type: "null", communicator: none }]\n`;
    const cwd = folderWith(t, { "large.yaml": write(60_000) });
    const began = performance.now();
    const { code, stdout } = await packerTs(["validate", "large.yaml"], { cwd });
    const took = performance.now() - began;
    assert.equal(code, 0, stdout);
    // Comparing each key with each takes more than twenty seconds.
    assert.ok(took < 12_000, `${took} ms`);
  });

  it("says that a long circle is one without writing it all out", { timeout: 120_000 }, async (t) => {
    const text = locals(...times(4_000, (i) => `l${i} = local.l${(i + 1) % 4_000}`));
    const { code, stdout } = await packerTs(["validate", "t.pkr.hcl"], { cwd: folderWith(t, { "t.pkr.hcl": text }) });
    assert.equal(code, 1);
    assert.match(stdout, /\[local\/cycle\]/);
    assert.ok(stdout.length < 5_000);
  });

  it("ends soon when it is interrupted while it works out values", { timeout: 120_000 }, async (t) => {
    const text = locals(...times(100_000, (i) => `l${i} = local.l${i + 1}`), 'l100000 = ""');
    const cwd = folderWith(t, { "t.pkr.hcl": text });
    const { code, signal, stdout, stderr } = await packerTs(["validate", "t.pkr.hcl"], {
      cwd,
      started: (child) => {
        setTimeout(() => child.kill("SIGINT"), 800);
      },
    });
    // Without the interrupt it would go on until it has an answer.
    assert.doesNotMatch(stdout, /is valid/);
    assert.ok(code !== 0 || signal !== null, stdout);
    assert.doesNotMatch(stdout + stderr, /bug in packer-ts|at .*\.js:/);
  });
});

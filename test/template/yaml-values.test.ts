// Values in YAML: a text needs no quotes there, so whatever stands where a text is wanted is that text.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { folderWith } from "../packer-ts.ts";
import { type Planned, planOf } from "./plan-view.ts";

async function plan(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  varFiles: string[] = [],
): Promise<Planned> {
  const cwd = folderWith(t, files);
  return planOf({ path: Object.keys(files)[0] ?? "", cwd, varFiles, wanted: { formOnly: false } });
}

async function configOf({ plan: { builds } }: Planned, part: "builder" | "provisioner"): Promise<unknown> {
  const [build] = builds;
  const planned = part === "builder" ? build?.builder : build?.provisioners[0];
  return (await planned?.prepare(undefined))?.config;
}

const texts = [
  "2.50",
  "0640",
  "0x1F",
  "1e3",
  "+7",
  "-0",
  "98765432109876543210",
  "True",
  "false",
  ".inf",
  "12:30",
  "yes",
];

describe("template/values of YAML", () => {
  it("keeps every scalar as it is written where a text is wanted", async (t) => {
    for (const text of texts) {
      const found = await plan(t, { "t.yaml": `builders:\n  - type: file\n    target: out\n    content: ${text}\n` });
      assert.deepEqual(found.diagnostics, []);
      assert.equal(((await configOf(found, "builder")) as { content: string }).content, text);
    }
  });

  it("keeps them in lists, maps and keys", async (t) => {
    const found = await plan(t, {
      "t.yaml":
        'builders:\n  - type: "null"\n    communicator: none\nprovisioners:\n  - type: shell-local\n    inline: [1.10, 007, true]\n    env:\n      1.20: 0755\n      OFF: off\n',
    });
    const { inline, env } = (await configOf(found, "provisioner")) as { inline: unknown; env: unknown };
    assert.deepEqual(inline, ["1.10", "007", "true"]);
    assert.deepEqual(env, { "1.20": "0755", OFF: "off" });
  });

  it("reads a number where a number is wanted", async (t) => {
    const found = await plan(t, {
      "t.yaml":
        'builders:\n  - type: "null"\n    communicator: none\nprovisioners:\n  - type: shell-local\n    inline: [x]\n    valid_exit_codes: [0x10, 1e2, 7]\n',
    });
    const config = (await configOf(found, "provisioner")) as Readonly<Record<string, unknown>>;
    assert.deepEqual(config["valid_exit_codes"], [16, 100, 7]);
  });

  it("gives variables from a file what stands there", async (t) => {
    const found = await plan(
      t,
      {
        "t.json":
          '{"variables": {"a": "", "b": "", "c": ""}, "builders": [{"type": "file", "target": "o", "content": "{{user `a`}} {{user `b`}} {{user `c`}}"}]}',
        "v.yaml": "a: 3.10\nb: 0755\nc: 98765432109876543210\n",
      },
      ["v.yaml"],
    );
    assert.equal(((await configOf(found, "builder")) as { content: string }).content, "3.10 0755 98765432109876543210");
  });

  it("advises quotes around what stands there, not around what a number became", async (t) => {
    for (const text of texts.slice(0, 5)) {
      const found = await plan(t, {
        "t.yaml": `variables:\n  v: ${text}\nbuilders:\n  - type: file\n    target: o\n    content: c\n`,
      });
      assert.ok(found.diagnostics[0]?.hint?.includes(`"${text}"`), found.diagnostics[0]?.hint);
    }
  });
});

describe("template/aliases of YAML", () => {
  const GOOD = "builders:\n  - type: file\n    target: out\n    content: c\n";

  it("ends at aliases of aliases, however deep they go", { timeout: 20_000 }, async (t) => {
    const levels = Array.from({ length: 30 }, (_, i) =>
      i === 0
        ? "  l0: &l0 [x]"
        : `  l${i}: &l${i} [${Array(9)
            .fill(`*l${i - 1}`)
            .join(", ")}]`,
    );
    const found = await plan(t, { "t.yaml": `${GOOD}_bomb:\n${levels.join("\n")}\n` });
    assert.deepEqual(
      found.diagnostics.map(({ code }) => code),
      ["yaml/alias"],
    );
    assert.match(String(found.diagnostics[0]?.hint), /100,000/);
  });

  it("says where an alias stands inside of what it stands for", async (t) => {
    const found = await plan(t, { "t.yaml": `${GOOD}_c: &c\n  again: *c\n` });
    assert.deepEqual(
      found.diagnostics.map(({ code, subject }) => [code, subject?.start.line]),
      [["yaml/alias", 6]],
    );
  });

  it("takes the place of what they stand for, with a merge key where something is added", async (t) => {
    const found = await plan(t, {
      "t.yaml":
        '_shared: &shell\n  type: shell-local\n  inline: [one]\n  only_on: [linux]\nbuilders:\n  - type: "null"\n    communicator: none\nprovisioners:\n  - <<: *shell\n    inline: [two]\n  - *shell\n',
    });
    assert.deepEqual(found.diagnostics, []);
    assert.deepEqual(
      await Promise.all(
        (found.plan.builds[0]?.provisioners ?? []).map(async (one) => (await one.prepare(undefined)).config["inline"]),
      ),
      [["two"], ["one"]],
    );
  });

  it("says what cannot be merged", async (t) => {
    const found = await plan(t, { "t.yaml": `${GOOD}provisioners:\n  - <<: [a]\n    type: shell-local\n` });
    assert.deepEqual(
      found.diagnostics.map(({ code, subject }) => [code, subject?.start.line]),
      [["yaml/alias", 6]],
    );
  });

  it("tells about nesting that is too deep instead of failing", async (t) => {
    const found = await plan(t, { "t.yaml": `_x: ${"[".repeat(60_000)}${"]".repeat(60_000)}\n${GOOD}` });
    assert.deepEqual(
      found.diagnostics.map(({ code }) => code),
      ["json/too-deep"],
    );
  });
});

// `if-unchanged` of the action: with a file, without any place, and with the cache of a runner.
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { cacheService } from "../servers/cache-service.ts";
import { act, push, repository, workflow } from "./act-repository.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

const template: Template = {
  variables: { word: "hello", pin: "4711" },
  "sensitive-variables": ["pin"],
  builders: [
    { type: "file", name: "a", target: "out/a.txt", content: "{{user `word`}}" },
    { type: "file", name: "b", target: "out/b.txt", source: "b.src" },
  ],
  provisioners: [
    { type: "shell-local", only: ["a"], inline: ['test "$PIN" != ""'], environment_vars: ["PIN={{user `pin`}}"] },
  ],
};

interface Reason {
  readonly template: string;
  readonly build: string;
  readonly changed: boolean;
  readonly reasons: readonly string[];
}

function reasonsOf(text: string | undefined): Record<string, readonly string[]> {
  return Object.fromEntries(
    (JSON.parse(text ?? "") as readonly Reason[]).map(({ build, reasons }) => [build, reasons]),
  );
}

for (const language of LANGUAGES) {
  describe(`action/unchanged with ${language.name}`, () => {
    const [a, b] = [language.build("a"), language.build("b")];

    it("skips what did not change, with the artifacts of the earlier run as outputs", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      runner.file("b.src", "b");
      const inputs = { template: file, "if-unchanged": "skip", "fingerprint-file": "fp.json" };
      const first = await runner.run(inputs);
      assert.deepEqual(
        [first.code, first.outputs["outcome"], first.outputs["changed"]],
        [0, "built", "true"],
        first.stdout,
      );
      assert.doesNotMatch(first.summary, /What changed/, "there is nothing to compare with");
      const second = await runner.run(inputs);
      assert.deepEqual(
        [second.code, second.outputs["outcome"], second.outputs["changed"]],
        [0, "unchanged", "false"],
        second.stdout,
      );
      assert.deepEqual(reasonsOf(second.outputs["reasons"]), { [a]: [], [b]: [] });
      assert.equal(second.outputs["artifact-ids"], first.outputs["artifact-ids"]);
      const [artifact] = JSON.parse(second.outputs["artifacts"] ?? "");
      assert.deepEqual([artifact.build, artifact.files[0].path, artifact.files[0].size], [a, "out/a.txt", 5]);
      assert.match(artifact.unchanged_since, /^\d{4}-/);
      assert.match(second.stdout, new RegExp(`^Nothing changed for '${a}' since .*: it is left out\\.$`, "m"));
      assert.match(second.summary, /⏭️ unchanged/);
      assert.match(second.summary, /What changed since the last build.*\| nothing \|/s);
    });

    it("builds what changed, and says which file and which secret it was", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      runner.file("b.src", "b");
      const inputs = { template: file, "if-unchanged": "skip", "fingerprint-file": "fp.json" };
      await runner.run(inputs);
      runner.file("b.src", "other");
      const second = await runner.run(inputs);
      assert.deepEqual([second.outputs["outcome"], second.outputs["changed"]], ["built", "true"], second.stdout);
      assert.deepEqual(reasonsOf(second.outputs["reasons"]), { [a]: [], [b]: ["file b.src: changed"] });
      assert.match(second.summary, /file b\.src&#58; changed/);
      // In HCL2 a variable is part of the option's value before anybody reads the option.
      const used = language.name === "HCL2" ? ["provisioner (shell-local), environment_vars[0]: changed"] : [];
      const third = await runner.run({ ...inputs, "secret-vars": "pin: '0815'" });
      assert.deepEqual(reasonsOf(third.outputs["reasons"]), { [a]: ["variable pin: changed", ...used], [b]: [] });
      assert.doesNotMatch(
        third.stdout.replace(/^::add-mask::.*$/gm, "") + third.summary + third.outputs["reasons"],
        /0815|4711/,
      );
    });

    it("leaves out what is stored elsewhere, though its files are gone on a fresh runner", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      runner.file("b.src", "b");
      const inputs = { template: file, "if-unchanged": "skip", "fingerprint-file": "fp.json" };
      const first = await runner.run(inputs);
      assert.equal(first.code, 0, first.stdout);
      rmSync(join(runner.workspace, "out"), { recursive: true });
      const elsewhere = await runner.run({ ...inputs, "stored-elsewhere": "true" });
      assert.deepEqual([elsewhere.code, elsewhere.outputs["outcome"]], [0, "unchanged"], elsewhere.stdout);
      assert.equal(elsewhere.outputs["artifact-ids"], first.outputs["artifact-ids"]);
      assert.equal(elsewhere.outputs["files"], "[]");
      assert.ok(!existsSync(join(runner.workspace, "out")));
      const here = await runner.run(inputs);
      assert.equal(here.outputs["outcome"], "built");
      assert.match(here.outputs["reasons"] ?? "", /its file out\/a\.txt is gone/);
    });

    it("fails when asked to, with the earlier artifacts as outputs all the same", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      runner.file("b.src", "b");
      const inputs = { template: file, "if-unchanged": "fail", "fingerprint-file": "fp.json" };
      const first = await runner.run(inputs);
      assert.equal(first.code, 0, first.stdout);
      const second = await runner.run(inputs);
      const { outcome, changed } = second.outputs;
      assert.deepEqual(
        [second.code, outcome, second.outputs["failure-class"], changed],
        [1, "unchanged", "", "false"],
        second.stdout,
      );
      assert.equal(second.outputs["artifact-ids"], first.outputs["artifact-ids"]);
      assert.match(
        second.stdout,
        new RegExp(`^::error title=.*Nothing changed since the last build of ${a}, ${b}`, "m"),
      );
    });

    it("compares nothing unless asked", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      runner.file("b.src", "b");
      const { outputs, stdout } = await runner.run({ template: file });
      assert.deepEqual([outputs["outcome"], outputs["changed"], outputs["reasons"]], ["built", "", "[]"]);
      assert.doesNotMatch(stdout, /fingerprint|is to be made/);
    });

    it("builds with a notice where there is no cache", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      runner.file("b.src", "b");
      const { code, outputs, stdout } = await runner.run({ template: file, "if-unchanged": "skip" });
      assert.deepEqual([code, outputs["outcome"], outputs["changed"]], [0, "built", ""], stdout);
      assert.match(
        stdout,
        /^::notice title=Everything is built%3A there is no cache to keep fingerprints in::The runner did not say where its cache is\./m,
      );
    });

    it("keeps its memory in the cache, finds older builds again, and leaves nothing in the workspace", async (t) => {
      const service = await cacheService(t);
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      runner.file("b.src", "b");
      const inputs = { template: file, "if-unchanged": "skip" };
      const first = await runner.run(inputs, service.env);
      assert.deepEqual([first.code, first.outputs["outcome"]], [0, "built"], first.stdout);
      const second = await runner.run(inputs, service.env);
      assert.deepEqual([second.code, second.outputs["outcome"]], [0, "unchanged"], second.stdout);
      runner.file("b.src", "other");
      const third = await runner.run(inputs, service.env);
      assert.deepEqual(reasonsOf(third.outputs["reasons"]), { [a]: [], [b]: ["file b.src: changed"] }, third.stdout);
      runner.file("b.src", "b");
      const fourth = await runner.run(inputs, service.env);
      assert.deepEqual(
        [fourth.outputs["outcome"], reasonsOf(fourth.outputs["reasons"])],
        ["unchanged", { [a]: [], [b]: [] }],
        fourth.stdout,
      );
      assert.deepEqual(readdirSync(runner.workspace).sort(), ["b.src", "out", file]);
      const [key = ""] = service.keys();
      assert.match(key, /^packer-ts-linux-[0-9a-f]{16}-[0-9a-f]{64}-/);
    });

    for (const fault of ["refuse", "nonsense"] as const) {
      it(`builds and warns when the cache answers with ${fault}`, async (t) => {
        const service = await cacheService(t);
        const runner = fakeRunner(t);
        const file = writeTemplate(runner, language, template);
        runner.file("b.src", "b");
        const inputs = { template: file, "if-unchanged": "skip" };
        await runner.run(inputs, service.env);
        service.fault(fault);
        const { code, outputs, stdout } = await runner.run(inputs, service.env);
        assert.deepEqual([code, outputs["outcome"], outputs["changed"]], [0, "built", "true"], stdout);
        assert.match(stdout, /^::warning(?: |::)/m);
        assert.ok(!existsSync(join(runner.workspace, ".packer-ts-fingerprints")));
      });
    }
  });
}

describe("action/unchanged", () => {
  for (const language of LANGUAGES) {
    it(`works with the cache of a real runner (${language.name})`, { timeout: 240_000 }, async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const step = (id: string): string => `- id: ${id}
  uses: ./
  with:
    template: ${language.file("t")}
    if-unchanged: skip
- run: echo '${id} is \${{ steps.${id}.outputs.outcome }}, \${{ steps.${id}.outputs.changed }}, \${{ steps.${id}.outputs.reasons }}'`;
      const touch = "- run: echo more >> b.src";
      const files = {
        ".github/workflows/w.yml": workflow(step("one"), step("two"), touch, step("three")),
        [language.file("t")]: language.print(template),
        "b.src": "b",
      };
      const { code, log } = await push(repository(t, files));
      assert.equal(code, 0, log);
      assert.match(log, /one is built, true, \[\{/);
      assert.match(log, /two is unchanged, false, \[\{.*"reasons":\[\]/);
      assert.match(
        log,
        new RegExp(
          `three is built, true, .*"build":"${language.build("b")}","changed":true,"reasons":\\["file b\\.src: changed"\\]`,
        ),
      );
    });
  }
});

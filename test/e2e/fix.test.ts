// `fix` as its users see it: in a terminal beside Debian's packer, and in a workflow.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { folderWith, packer, packerTs } from "../packer-ts.ts";
import { fakeRunner } from "./action-runner.ts";

const old = {
  variables: { note: "<b>&\u2028 caf\u00e9" },
  builders: [
    { type: "qemu", iso_url: "http://x/y.iso", iso_checksum: "ab", iso_checksum_type: "sha256", disk_size: 2000 },
    { type: "amazon-ebs", ami_name: "{{ .CreateTime }}", ssh_private_ip: true, spot_price_auto_product: "x" },
  ],
  provisioners: [{ type: "shell", inline: ["true"], only: ["qemu"] }],
  "post-processors": [{ type: "manifest", filename: "m.json" }],
};

describe("fix", { timeout: 120_000 }, () => {
  it("prints what Debian's packer prints", async (test) => {
    if (!needs(test, "packer")) {
      return;
    }
    const cwd = folderWith(test, { "t.json": JSON.stringify(old) });
    const [theirs, ours] = await Promise.all([
      packer(["fix", "t.json"], { cwd }),
      packerTs(["fix", "t.json"], { cwd }),
    ]);
    assert.equal(ours.code, theirs.code, ours.stdout + ours.stderr);
    assert.equal(ours.stdout, theirs.stdout);
  });

  for (const [what, text, says] of [
    ["is no JSON", '{"builders": [}', /on t\.json line 1, column 15/],
    ["has builders that are no list", '{"builders": {"type": "null"}}', /"builders" must be a list/],
    [
      "holds what cannot be fixed",
      '{"builders":[{"type":"amazon-ebs","ssh_private_ip":"perhaps"}]}',
      /"ssh_private_ip" is "perhaps"/,
    ],
    ["is none after it was fixed", '{"builders":[{"type":"null"},{"type":"null"}]}', /failed to (validate|parse)/],
  ] as const) {
    it(`says what is wrong with a template that ${what}`, async (test) => {
      const cwd = folderWith(test, { "t.json": text });
      const ended = await packerTs(["fix", "t.json"], { cwd });
      assert.equal(ended.code, 1, ended.stdout);
      assert.match(ended.stdout + ended.stderr, says);
    });
  }

  it("shows with -diff what changes and why, and nothing where nothing does", async (test) => {
    const cwd = folderWith(test, { "t.json": JSON.stringify(old), "new.json": '{"builders":[{"type":"null"}]}' });
    const { code, stdout } = await packerTs(["fix", "-diff", "t.json"], { cwd });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^# manifest-filename: Renames "filename"/m);
    assert.match(stdout, /^-\s+"filename": "m\.json"/m);
    assert.match(stdout, /^\+\s+"output": "m\.json"/m);
    assert.equal((await packerTs(["fix", "-diff", "new.json"], { cwd })).stdout.trim(), "");
  });

  it("refuses HCL2, which is not as old as that", async (test) => {
    const cwd = folderWith(test, { "t.pkr.hcl": "" });
    const { code, stdout, stderr } = await packerTs(["fix", "t.pkr.hcl"], { cwd });
    assert.equal(code, 1);
    assert.match(stdout + stderr, /only works with JSON files/);
  });

  it("shows the difference on the page of a workflow run, and changes no file", async (test) => {
    const runner = fakeRunner(test);
    runner.file("t.json", old);
    const { code, stdout, summary, outputs } = await runner.run({ command: "fix", template: "t.json" });
    assert.equal(code, 0, stdout);
    assert.equal(outputs["outcome"], "done");
    assert.match(summary, /manifest-filename/);
    assert.match(summary, /\+\s+"output": "m\.json"/);
  });
});

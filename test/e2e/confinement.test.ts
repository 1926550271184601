// What the command line reads because a template names it: regular files anywhere, and nothing of the system.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { cliPath, folderWith, packerTs } from "../packer-ts.ts";
import { httpServer } from "../servers/http.ts";

function hcl(expression: string): string {
  return `locals {\n  x = ${expression}\n}\nsource "file" "x" {\n  content = "\${local.x}"\n  target = "out.txt"\n}\nbuild {\n  sources = ["file.x"]\n}\n`;
}

describe("the files that a template reads on the command line", () => {
  for (const command of ["validate", "plan", "build"]) {
    for (const call of [
      'file("/proc/self/environ")',
      'filebase64("/dev/zero")',
      'fileexists("/sys/kernel")',
      'fileset("/proc/self", "*")',
    ]) {
      it(`are none of the system's: ${command} with ${call}`, async (t) => {
        const folder = folderWith(t, { "t.pkr.hcl": hcl(call) });
        const { code, stdout } = await packerTs([command, "t.pkr.hcl"], {
          cwd: folder,
          env: { CARRIED: "carried-8d2f" },
        });
        assert.equal(code, 1);
        assert.match(stdout, /may not be read: it belongs to the system/);
        assert.match(stdout, /line 2, column \d/);
        assert.doesNotMatch(stdout, /carried-8d2f/);
      });
    }
  }

  it("lie anywhere", async (t) => {
    const elsewhere = folderWith(t, { "a.txt": "from elsewhere" });
    const folder = folderWith(t, { "t.pkr.hcl": hcl(`file("${join(elsewhere, "a.txt")}")`) });
    assert.equal((await packerTs(["validate", "t.pkr.hcl"], { cwd: folder })).code, 0);
  });

  it("are no devices where options name them", async (t) => {
    const folder = folderWith(t, {
      "t.json": JSON.stringify({
        builders: [
          { type: "null", communicator: "ssh", ssh_host: "x", ssh_username: "x", ssh_private_key_file: "/dev/zero" },
        ],
        provisioners: [
          { type: "shell", script: "/proc/self/environ" },
          { type: "file", source: "/dev/stdin", destination: "/x" },
        ],
      }),
    });
    const { code, stdout } = await packerTs(["validate", "t.json"], { cwd: folder });
    assert.equal(code, 1);
    assert.equal(stdout.match(/belongs to the system/g)?.length, 3, stdout);
  });

  it("may be what the shell hands over, when a person says so", async (t) => {
    const template = { variables: { p: null }, builders: [{ type: "file", target: "o", content: "{{user `p`}}" }] };
    const folder = folderWith(t, { "t.json": JSON.stringify(template) });
    const script = `"${process.execPath}" "${cliPath}" validate -var-file=<(echo '{"p":"x"}') t.json`;
    const { status, stdout } = spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });
});

describe("values that are looked up on the command line", () => {
  const templates = {
    "t.json": JSON.stringify({
      variables: { v: "{{vault `secret/x` `k`}}" },
      builders: [{ type: "file", target: "o", content: "{{user `v`}}" }],
    }),
    "t.pkr.hcl": hcl('vault("secret/x", "k")'),
  };
  for (const [name, text] of Object.entries(templates)) {
    it(`are asked for by build alone (${name})`, async (t) => {
      const { url, asked } = await httpServer(t, () => ({ body: { data: { k: "found" } } }));
      const folder = folderWith(t, { [name]: text });
      const given = { cwd: folder, env: { VAULT_ADDR: url, VAULT_TOKEN: "t" } };
      for (const command of ["validate", "inspect", "plan"]) {
        assert.equal((await packerTs([command, name], given)).code, 0, command);
      }
      assert.deepEqual(asked, []);
      assert.equal((await packerTs(["build", name], given)).code, 0);
      assert.ok(asked.length > 0);
    });
  }
});

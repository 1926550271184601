// A build without a connection: what cannot work without one is reported before anything runs, with its place.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { folderWith } from "../packer-ts.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

function validate(
  t: TestContext,
  name: string,
  text: string,
  ...flags: readonly string[]
): { code: number | null; shown: string } {
  const cwd = folderWith(t, { [name]: text });
  const args = ["--import", import.meta.resolve("tsx"), main, "validate", "-color=false", ...flags, name];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  return { code: status, shown: stdout };
}

/** Where errors were shown: `line:column`. */
function places(shown: string): string[] {
  return [...shown.matchAll(/^ {2}on .* line (\d+), column (\d+)/gm)].map(([, line, column]) => `${line}:${column}`);
}

describe("communicator/none", () => {
  it("a JSON template is told each provisioner that needs a connection, for each build that makes none", (t) => {
    const template = `{
  "builders": [{"type":"null","name":"none","communicator":"none"},
    {"type":"null","name":"some","communicator":"ssh","ssh_host":"h","ssh_username":"u","ssh_password":"p"},
    {"type":"file","name":"text","target":"x","content":"y"}],
  "provisioners": [
    {"type":"shell-local","inline":["true"]},
    {"type":"shell","inline":["true"]},
    {"type":"file","source":"/","destination":"/x","except":["none"]},
    {"type":"windows-restart","only":["none"]}]
}`;
    const { code, shown } = validate(t, "t.json", template);
    assert.equal(code, 1);
    assert.deepEqual(places(shown), ["7:13", "9:13"], shown);
    assert.match(
      shown,
      /The provisioner "shell" needs a connection, but build "none" makes none {2}\[communicator\/none-unsupported\]/,
    );
    assert.equal(validate(t, "t.json", template, "-except=none").code, 0, "a build that is left out needs nothing");
  });

  it("an HCL2 template is told too", (t) => {
    const template = `source "null" "n" {
  communicator = "none"
}
build {
  sources = ["null.n"]
  provisioner "shell-local" {
    inline = ["true"]
  }
  provisioner "powershell" {
    inline = ["x"]
  }
  provisioner "shell" {
    except = ["null.n"]
    inline = ["x"]
  }
}
`;
    const { code, shown } = validate(t, "t.pkr.hcl", template);
    assert.equal(code, 1);
    assert.deepEqual(places(shown), ["9:15"], shown);
    assert.match(shown, /The provisioner "powershell" needs a connection, but build "null\.n" makes none/);
  });
});

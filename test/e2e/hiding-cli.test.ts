// Hiding on the command line: texts for people, not the records and files that programs read. Beside Debian's packer.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { type Ended, folderWith, packer, packerTs } from "../packer-ts.ts";

const STRONG = `Zq9'w,"x%y$z & <k>::v`;
const BUILD = {
  variables: { tok: "letmein77" },
  "sensitive-variables": ["tok"],
  builders: [{ type: "file", name: "vm-letmein77", target: "out-letmein77/letmein77.txt", content: "x" }],
  provisioners: [{ type: "shell-local", inline: ["mkdir -p out-letmein77; echo word letmein77"] }],
};

function artifactLines({ stdout }: Ended): string[] {
  return stdout.split("\n").flatMap((line) => (/^\d+,[^,]+,artifact/.test(line) ? [line.replace(/^\d+,/, "")] : []));
}

describe("hiding/command line", () => {
  it("gives programs the records that Packer gives them, with a sensitive default in every name", async (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const cwd = folderWith(t, { "t.json": JSON.stringify(BUILD), "out-letmein77/x": "" });
    const theirs = await packer(["-machine-readable", "build", "t.json"], { cwd });
    const ours = await packerTs(["-machine-readable", "build", "t.json"], { cwd });
    assert.equal(ours.code, 0, ours.stdout + ours.stderr);
    assert.ok(artifactLines(ours).length > 5);
    assert.deepEqual(artifactLines(ours), artifactLines(theirs));
    assert.match(ours.stdout, /,ui,message, {4}vm-letmein77: word <sensitive>$/m);
  });

  it("hides a sensitive default in what is said, as Packer, and unlike Packer in no name and path", async (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const cwd = folderWith(t, { "t.json": JSON.stringify(BUILD), "out-letmein77/x": "" });
    const theirs = await packer(["build", "t.json"], { cwd });
    assert.match(theirs.stdout, /vm-<sensitive>: word <sensitive>$/m);
    for (const args of [[], ["-color=true"]]) {
      const { stdout } = await packerTs(["build", ...args, "t.json"], {
        cwd,
        env: { NO_COLOR: "", PACKER_NO_COLOR: "" },
      });
      assert.match(stdout, /vm-letmein77: word <sensitive>/);
      assert.match(stdout, /vm-letmein77: Stored file: out-letmein77\/letmein77\.txt/);
      assert.doesNotMatch(stdout, /vm-<sensitive>/);
    }
  });

  it("does not take a password for secret that the template shows, as Packer does not", async (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const machine = {
      type: "null",
      name: "vagrant",
      ssh_host: "127.0.0.1",
      ssh_port: 1,
      ssh_timeout: "1s",
      ssh_username: "vagrant",
    };
    const builders = [{ ...machine, ssh_password: "vagrant" }];
    const cwd = folderWith(t, {
      "t.json": JSON.stringify({ builders }),
      "t.pkr.hcl": `source "null" "vagrant" {\n  ssh_host = "127.0.0.1"\n  ssh_port = 1\n  ssh_timeout = "1s"\n  ssh_username = "vagrant"\n  ssh_password = "vagrant"\n}\nbuild {\n  sources = ["source.null.vagrant"]\n}\n`,
    });
    for (const template of ["t.json", "t.pkr.hcl"]) {
      for (const run of [packer, packerTs]) {
        const { stdout, stderr } = await run(["build", template], { cwd });
        assert.match(stdout, /vagrant: Waiting for SSH/);
        assert.doesNotMatch(stdout + stderr, /sensitive/);
      }
    }
  });

  it("shows a password from outside in no log, machine-readable or for debugging", async (t) => {
    const print = `console.log("said " + process.env.SECRET, JSON.stringify(process.env.SECRET)); process.exitCode = 3;`;
    const provisioner = {
      type: "shell-local",
      environment_vars: ["SECRET={{user `pw`}}"],
      inline: [`"${process.execPath}" print.mjs`],
    };
    const template = {
      variables: { pw: "" },
      "sensitive-variables": ["pw"],
      builders: [{ type: "file", name: "web", target: "out.txt", content: "{{user `pw`}}" }],
      provisioners: [provisioner],
    };
    const cwd = folderWith(t, {
      "t.json": JSON.stringify(template),
      "print.mjs": print,
      "vars.json": JSON.stringify({ pw: STRONG }),
    });
    for (const flags of [[], ["-machine-readable"]]) {
      const env = { PACKER_LOG: "1", PACKER_LOG_PATH: "debug.log" };
      const { code, stdout, stderr } = await packerTs([...flags, "build", "-var-file=vars.json", "t.json"], {
        cwd,
        env,
      });
      assert.equal(code, 1, stdout);
      const log = readFileSync(join(cwd, "debug.log"), "utf8");
      for (const seen of [stdout, stderr, log]) {
        assert.ok(!seen.includes("Zq9'w"), seen);
        assert.ok(!seen.includes(JSON.stringify(STRONG).slice(1, -1)), seen);
      }
      assert.match(stdout, /said <sensitive>/);
      assert.match(log, /"type":"build-ended"/);
    }
  });

  it("hides a secret in a crash", async (t) => {
    const crash =
      "setTimeout(() => { throw new Error(`boom ${Buffer.from(process.env.HIDDEN, 'base64')} boom`) }, 1500)";
    const template = {
      variables: { pw: "" },
      "sensitive-variables": ["pw"],
      builders: [{ type: "file", target: "out.txt", content: "x" }],
      provisioners: [{ type: "shell-local", inline: ["sleep 5"] }],
    };
    const cwd = folderWith(t, { "t.json": JSON.stringify(template), "vars.json": JSON.stringify({ pw: STRONG }) });
    for (const PACKER_LOG of ["", "1"]) {
      const env = {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
        HIDDEN: Buffer.from(STRONG).toString("base64"),
        PACKER_LOG,
      };
      const { code, stdout, stderr } = await packerTs(["build", "-var-file=vars.json", "t.json"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stdout, /boom <sensitive> boom/);
      assert.ok(!(stdout + stderr).includes("Zq9'w"), stderr);
    }
  });

  it("writes a plan for programs with every name as it is", async (t) => {
    const template = { ...BUILD, builders: [{ type: "file", name: "vm-letmein77", target: "x", content: "x" }] };
    const cwd = folderWith(t, { "letmein77/t.json": JSON.stringify(template) });
    assert.ok(existsSync(join(cwd, "letmein77/t.json")));
    const { stdout } = await packerTs(["plan", "-json", "letmein77/t.json"], { cwd });
    assert.doesNotMatch(stdout, /sensitive/);
    assert.match(stdout, /vm-letmein77/);
  });
});

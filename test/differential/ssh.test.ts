// What a machine is asked to do over SSH, and what is on it afterwards.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertAlike } from "./alike.ts";
import { type Case, onMachine, type Side, sideBySide } from "./side-by-side.ts";

const BUILD = ["build", "-color=false", "t.json"];

function provision(...provisioners: readonly object[]): Pick<Case, "files" | "args" | "machine"> {
  return { machine: true, files: { "t.json": { builders: [onMachine()], provisioners } }, args: BUILD };
}

/** Packer leaves a script that failed on the machine: here in the machine's home, not in everybody's /tmp. */
const failing = (...inline: readonly string[]): object => ({ type: "shell", inline, remote_folder: "." });
const sh = (...inline: readonly string[]): object => ({ type: "shell", inline });

describe("differential/ssh", { concurrency: 3 }, () => {
  it("runs the same commands for the options of shell", async (t) => {
    const given = provision(
      {
        type: "shell",
        inline: ["echo one", 'echo "$A|$B|$PACKER_BUILD_NAME|$PACKER_BUILDER_TYPE|$PACKER_HTTP_ADDR|"'],
        environment_vars: ["A=a b", "B=it's"],
      },
      {
        type: "shell",
        script: "a.sh",
        execute_command: "chmod +x {{.Path}}; env {{.Vars}} sh -e {{.Path}} arg",
        environment_vars: ["X=1=2"],
      },
      { type: "shell", scripts: ["a.sh", "b.sh"], use_env_var_file: true, environment_vars: ["A=x'y"] },
      {
        type: "shell",
        inline: ["echo $0 | sed 's/[0-9][0-9]*/N/g'", "exit 3"],
        valid_exit_codes: [0, 3],
        inline_shebang: "/bin/sh",
      },
      { type: "shell", inline: ["pwd"], remote_folder: ".", remote_file: "x.sh", skip_clean: true },
      { type: "shell", inline: ["tty > /dev/null || echo no terminal"], remote_path: "./fixed-{{build_name}}.sh" },
      {
        type: "shell",
        inline: ["echo 'a  b'; printf 'cr\\r\\nmany\\rreturns\\n\\n  indented  \\n'; printf unfinished"],
      },
      { type: "shell", script: "dos.sh", binary: true, execute_command: "sh {{.Path}} || true" },
      { type: "shell", script: "dos.sh" },
    );
    const files = {
      ...given.files,
      "a.sh": "#!/bin/sh\necho a $X $A $1\n",
      "b.sh": "#!/bin/sh\necho b\n",
      "dos.sh": "echo dos > out\r\nod -c out\r\n",
    };
    const pair = await sideBySide(t, { ...given, files });
    if (pair !== undefined) {
      assertAlike(pair);
    }
  });

  it("gives commands a terminal when asked", async (t) => {
    const files = {
      "t.json": {
        builders: [onMachine({ ssh_pty: true })],
        provisioners: [sh("test -t 1 && echo terminal; stty -a | grep -o 'rows.*columns [0-9]*'")],
      },
    };
    const pair = await sideBySide(t, { machine: true, files, args: BUILD });
    if (pair !== undefined) {
      assertAlike(pair);
    }
  });

  const copies: readonly object[] = [
    { type: "file", source: "one.txt", destination: "renamed.txt" },
    sh("mkdir into sub"),
    { type: "file", source: "one.txt", destination: "into/" },
    { type: "file", sources: ["one.txt", "bin/tool"], destination: "sub/" },
    { type: "file", source: "tree", destination: "into" },
    sh("mkdir contents"),
    { type: "file", source: "tree/", destination: "contents" },
    { type: "file", source: "empty", destination: "into" },
    sh("chmod 600 renamed.txt; mkdir -p made/deep; echo x > made/deep/x; echo y > made/y; chmod 751 made/deep"),
    { type: "file", direction: "download", source: "renamed.txt", destination: "down/back.txt" },
    { type: "file", direction: "download", source: "renamed.txt", destination: "down/" },
  ];
  for (const method of ["scp", "sftp"]) {
    it(`leaves the same files and modes over ${method}`, async (t) => {
      const template = { builders: [onMachine({ ssh_file_transfer_method: method })], provisioners: copies };
      const files = {
        "t.json": template,
        "one.txt": "one\n",
        "bin/tool": "#!/bin/sh\n",
        "tree/a.txt": "a",
        "tree/deep/er/b.bin": new Uint8Array([0, 255, 10, 13]),
        "tree/.hidden": "h",
        "tree/emptyfile": "",
        "empty/.keep": "",
      };
      const pair = await sideBySide(t, { machine: true, files, args: BUILD });
      const why = "an SFTP session does not say what it carries, and folders need none";
      const commands = (all: readonly string[]): readonly string[] =>
        all.filter((one) => !/^internal-sftp$|^folder into/.test(one));
      if (pair !== undefined) {
        assertAlike(pair, ...(method === "sftp" ? [{ why, commands }] : []));
      }
    });
  }

  it("fails alike when a script fails, and runs the error-cleanup provisioner", async (t) => {
    const template = {
      builders: [onMachine()],
      provisioners: [sh("echo first"), failing("echo bad >&2", "exit 7"), sh("echo never")],
      "error-cleanup-provisioner": sh("echo cleaning"),
    };
    const pair = await sideBySide(t, { machine: true, files: { "t.json": template }, args: BUILD });
    if (pair !== undefined) {
      assertAlike(pair);
    }
  });

  it("says both when the error-cleanup provisioner fails too", async (t) => {
    const template = {
      builders: [onMachine()],
      provisioners: [failing("exit 7")],
      "error-cleanup-provisioner": { ...failing("exit 8"), remote_file: "cleanup.sh" },
    };
    const pair = await sideBySide(t, { machine: true, files: { "t.json": template }, args: BUILD });
    if (pair !== undefined) {
      assertAlike(pair);
    }
  });

  it("goes on when a machine goes away as expected", async (t) => {
    const given = provision(
      {
        type: "shell",
        inline: ["echo going; sleep 1", "kill -9 $SESSION", "sleep 5"],
        expect_disconnect: true,
        remote_folder: ".",
      },
      sh("echo back"),
    );
    const pair = await sideBySide(t, given);
    if (pair !== undefined) {
      assertAlike(pair);
    }
  });

  it("fails when a machine goes away unexpectedly", async (t) => {
    const pair = await sideBySide(
      t,
      provision(failing("echo going; sleep 1", "kill -9 $SESSION", "sleep 5"), sh("echo never")),
    );
    if (pair !== undefined) {
      assertAlike(pair);
    }
  });

  it("fails alike when no key fits", async (t) => {
    const template = {
      builders: [onMachine({ ssh_username: "nobody-here", ssh_handshake_attempts: 1 })],
      provisioners: [sh("echo never")],
    };
    const pair = await sideBySide(t, { machine: true, files: { "t.json": template }, args: BUILD });
    if (pair === undefined) {
      return;
    }
    // Unlike Packer: the reason says what was tried and what the machine offers, and an attempt that failed is told at once.
    const shape = (side: Side): string =>
      side.output.replaceAll(
        /(Error waiting for SSH: |errored after SOME TIME: |--> null: )[\s\S]*?(?=\n(?:Build|-->|\n==>|==> Builds))/g,
        "$1WHY",
      );
    assert.equal(shape(pair.ours).replace(/ {4}null: .* trying again\n/, ""), shape(pair.packer));
    assert.equal(pair.ours.code, 1);
  });
});

// A real plugin, made with the SDK that plugins are made with, beside native components in one build.
import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { type Ended, folderWith, packerTs } from "../packer-ts.ts";
import { type Encoding, type Installed, installPeer } from "../plugins/peer.ts";
import { LANGUAGES, type Language, type Template } from "./three-languages.ts";

const ENCODINGS: readonly Encoding[] = ["protobuf", "gob"];

interface Place {
  readonly folder: string;
  readonly machine: string;
  readonly installed: Installed;
  run(
    command: readonly string[],
    started?: (child: ChildProcess) => void,
    env?: Record<string, string>,
  ): Promise<Ended>;
}

function place(test: TestContext, encoding: Encoding, files: Readonly<Record<string, string>>): Place {
  const installed = installPeer(test, encoding);
  const folder = folderWith(test, files);
  mkdirSync(join(folder, "home"));
  return {
    folder,
    machine: join(folder, "machine"),
    installed,
    run: (args, started, more = {}) => {
      const env = { PACKER_PLUGIN_PATH: installed.root, HOME: join(folder, "home"), ...more };
      return packerTs(args, { cwd: folder, env, ...(started === undefined ? {} : { started }) });
    },
  };
}

/** Everything that a plugin of one builder, one provisioner and one post-processor can do, with native parts in between. */
const whole: Template = {
  variables: { greeting: "good morning" },
  builders: [
    {
      type: "peer-machine",
      name: "m",
      folder: "machine",
      count: 3,
      names: ["a", "b"],
      tags: { owner: "{{user `greeting`}}" },
      disk: [{ name: "root", size: 10 }, { name: "data" }],
    },
  ],
  provisioners: [
    { type: "shell", inline: ["echo from the shell; echo to the errors >&2"] },
    { type: "shell-local", inline: ["echo machine {{build `ID`}} has {{build `Folder`}}"] },
    { type: "file", source: "upload", destination: "uploaded" },
    {
      type: "peer-steps",
      say: "{{user `greeting`}}",
      run: ["cat"],
      input: "typed in",
      send: "sent",
      to: "sent",
      fetch: "sent",
    },
    { type: "file", direction: "download", source: "uploaded", destination: "downloaded" },
  ],
  "post-processors": [
    [
      { type: "peer-note", path: "note", text: "made" },
      { type: "checksum", output: "sums" },
    ],
  ],
};

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (what()) {
      return;
    }
    await wait(50);
  }
  throw new Error(`It did not come true in 15 seconds: ${what}`);
}

function countPlugins({ installed }: Place): number {
  return Number(spawnSync("pgrep", ["-fc", installed.program]).stdout.toString());
}

describe("plugins", { timeout: 300_000 }, () => {
  for (const encoding of ENCODINGS) {
    for (const language of LANGUAGES) {
      it(`builds with every kind of component of a plugin (${encoding}, ${language.name})`, async (test) => {
        if (!needs(test, "go")) {
          return;
        }
        const file = language.file("t");
        const upload = "x".repeat(300_000);
        const here = place(test, encoding, { [file]: language.print(whole), upload });
        const ended = await here.run(["build", file]);
        assert.equal(ended.code, 0, ended.stdout + ended.stderr);
        const build = language.build("m", "peer-machine");
        for (const line of [
          `==> ${build}: Starting a machine in machine with 2 disks`,
          `    ${build}: from the shell`,
          `==> ${build}: to the errors`,
          `    ${build}: machine machine-1 has machine`,
          `==> ${build}: good morning`,
          `    ${build}: The machine is machine-1`,
          `    ${build}: Fetched 4 bytes`,
          `==> ${build}: Stopping the machine`,
          `==> ${build} (peer-note): Noted in note`,
          `--> ${build}: A machine in machine`,
        ]) {
          assert.ok(ended.stdout.includes(`${line}\n`), `${line}\nis missing in\n${ended.stdout}`);
        }
        assert.match(ended.stdout, /: typed in\n/);
        assert.equal(readFileSync(join(here.folder, "downloaded"), "utf8"), upload);
        assert.equal(readFileSync(join(here.machine, "sent"), "utf8"), "sent");
        assert.equal(existsSync(join(here.machine, "running")), false);
        assert.match(readFileSync(join(here.folder, "note"), "utf8"), /^made\npeer\.machine machine-1 /);
        assert.match(readFileSync(join(here.folder, "sums"), "utf8"), /\tnote\n$/);
        assert.equal(countPlugins(here), 0);
      });
    }

    it(`reads a plugin's data source (${encoding})`, async (test) => {
      if (!needs(test, "go")) {
        return;
      }
      const template = [
        'data "peer-facts" "who" { name = "ada" }',
        'source "null" "n" { communicator = "none" }',
        "build {",
        '  sources = ["source.null.n"]',
        '  provisioner "shell-local" {',
        '    inline = ["echo ${data.peer-facts.who.greeting}, ${data.peer-facts.who.length + 1}, ${join("-", data.peer-facts.who.letters)}"]',
        "  }",
        "}",
      ].join("\n");
      const here = place(test, encoding, { "t.pkr.hcl": template });
      const ended = await here.run(["build", "t.pkr.hcl"]);
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      assert.match(ended.stdout, /null\.n: Hello ada, 4, a-d-a\n/);
    });
  }

  for (const language of LANGUAGES) {
    it(`points at what is wrong with a plugin's options in validate (${language.name})`, async (test) => {
      if (!needs(test, "go")) {
        return;
      }
      const file = language.file("t");
      const text = language.print({
        builders: [{ type: "peer-machine", name: "m", foldr: "machine", count: "three" }],
        provisioners: [{ type: "peer-steps", send: "what" }],
      });
      const here = place(test, "gob", { [file]: text });
      const ended = await here.run(["validate", file]);
      assert.equal(ended.code, 1, ended.stdout);
      const line = (piece: string) => text.split("\n").findIndex((one) => one.includes(piece)) + 1;
      const said = ended.stdout + ended.stderr;
      assert.match(said, new RegExp(`Unsupported option.*\\n +on ${file} line ${line("foldr")}`));
      assert.match(said, /did you mean "folder"\?/);
      assert.match(said, new RegExp(`on ${file} line ${line("three")}`));
      assert.match(said, new RegExp(`send needs to.*\\n +on ${file} line ${line("peer-steps")}`));
    });
  }

  it("shows a plugin's warnings, and builds all the same", async (test) => {
    if (!needs(test, "go")) {
      return;
    }
    const [json] = LANGUAGES as [Language];
    const template = { builders: [{ type: "peer-machine", folder: "machine", deprecated: "yes" }] };
    const here = place(test, "protobuf", { "t.json": json.print(template) });
    const ended = await here.run(["build", "t.json"]);
    assert.equal(ended.code, 0, ended.stdout);
    assert.match(ended.stdout + ended.stderr, /deprecated is not needed any more/);
  });

  const crashes = [
    {
      where: "prepare",
      part: { builders: [{ misbehave: "prepare:panic" }] },
      says: /panic: the peer panics in prepare/,
    },
    { where: "run", part: { builders: [{ misbehave: "run:panic" }] }, says: /panic: the peer panics in run/ },
    {
      where: "run",
      part: { builders: [{ misbehave: "run:exit" }] },
      says: /ended in the middle of its work +\[plugin\/crashed\]/,
    },
    {
      where: "after",
      part: { builders: [{ misbehave: "after:fail" }] },
      says: /the peer fails in after +\[plugin\/failed\]/,
    },
    { where: "provision", part: { provisioners: [{ misbehave: "provision:panic" }] }, says: /panics in provision/ },
    { where: "post", part: { "post-processors": [{ misbehave: "run:panic" }] }, says: /the peer panics in run/ },
  ] as const;
  for (const { where, part, says } of crashes) {
    const how = Object.values(part)[0][0].misbehave;
    it(`names the plugin and what it said when it fails, and lets other builds be (${where}, ${how})`, async (test) => {
      if (!needs(test, "go")) {
        return;
      }
      const given: Readonly<Record<string, readonly object[] | undefined>> = part;
      const template = {
        builders: [
          { type: "peer-machine", name: "m", folder: "machine", ...given["builders"]?.[0] },
          { type: "null", name: "other", communicator: "none" },
        ],
        provisioners: [
          { type: "shell-local", inline: ["echo still here"], only: ["other"] },
          { type: "peer-steps", only: ["m"], run: ["true"], ...given["provisioners"]?.[0] },
        ],
        "post-processors": [{ type: "peer-note", only: ["m"], path: "note", ...given["post-processors"]?.[0] }],
      };
      const here = place(test, "protobuf", { "t.json": JSON.stringify(template) });
      const ended = await here.run(["build", "t.json"]);
      assert.equal(ended.code, 1, ended.stdout);
      const said = ended.stdout + ended.stderr;
      assert.match(said, says);
      assert.doesNotMatch(said, /bug in packer-ts/);
      if (where !== "after") {
        assert.match(said, /plugin peer v1\.2\.3/);
      }
      if (where !== "prepare") {
        assert.match(said, /other: still here/);
      }
      assert.equal(existsSync(join(here.machine, "running")), false, "the machine is still there");
      assert.equal(countPlugins(here), 0);
    });
  }

  const starts = [
    { how: "noise", says: /did not introduce itself as plugins do +\[plugin\/handshake\][\s\S]*warming up/ },
    { how: "old", says: /is too old +\[plugin\/protocol\]/ },
    { how: "newer", says: /speaks protocol 6\.0/ },
    { how: "nowhere", says: /says that it listens at \/nowhere, .* \[plugin\/unreachable\]/ },
    { how: "exit", says: /ended before it could be spoken to +\[plugin\/exited\][\s\S]*no licence was found/ },
  ];
  for (const { how, says } of starts) {
    it(`says what is wrong with a plugin that does not start as it should (${how})`, async (test) => {
      if (!needs(test, "go")) {
        return;
      }
      const template =
        'source "peer-machine" "m" {\n  folder = "machine"\n}\nbuild {\n  sources = ["source.peer-machine.m"]\n}\n';
      const here = place(test, "protobuf", { "t.pkr.hcl": template });
      const ended = await here.run(["validate", "t.pkr.hcl"], undefined, { PEER_START: how });
      assert.equal(ended.code, 1, ended.stdout);
      assert.match(ended.stdout + ended.stderr, says);
      assert.match(ended.stdout + ended.stderr, /on t\.pkr\.hcl line 1/);
      assert.equal(countPlugins(here), 0);
    });
  }

  it("starts no plugin whose file is not the one that was installed, and says so", async (test) => {
    if (!needs(test, "go")) {
      return;
    }
    const template = { builders: [{ type: "peer-machine", folder: "machine" }] };
    const here = place(test, "protobuf", { "t.json": JSON.stringify(template) });
    appendFileSync(here.installed.program, "more");
    const ended = await here.run(["validate", "t.json"]);
    assert.equal(ended.code, 1, ended.stdout);
    assert.match(
      ended.stdout + ended.stderr,
      /Unknown builder "peer-machine"[\s\S]*it is not the file whose checksum stands in/,
    );
  });

  it("leaves plugins alone that a template does not need", async (test) => {
    if (!needs(test, "go")) {
      return;
    }
    const template = { builders: [{ type: "null", communicator: "none" }] };
    const here = place(test, "protobuf", { "t.json": JSON.stringify(template) });
    const ended = await here.run(["validate", "t.json"], undefined, { PEER_START: "exit" });
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    it(`has the plugin remove its machine when the build is ended by ${signal}`, async (test) => {
      if (!needs(test, "go")) {
        return;
      }
      const template = {
        builders: [{ type: "peer-machine", folder: "machine" }],
        provisioners: [{ type: "shell", inline: ["sleep 60"] }],
      };
      const here = place(test, "protobuf", { "t.json": JSON.stringify(template) });
      const running = join(here.machine, "running");
      const ended = await here.run(["build", "t.json"], (child) => {
        void until(() => existsSync(running))
          .then(() => wait(500))
          .then(() => child.kill(signal));
      });
      assert.notEqual(ended.code, 0);
      await until(() => !existsSync(running));
      await until(() => countPlugins(here) === 0);
    });
  }
});

// What a user of the command line sees of `plan` and `collect`.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../catalog.ts";
import { Secrets } from "../../core/secrets.ts";
import { nodeHost } from "../../host/node.ts";
import { createLookups } from "../../lookups.ts";
import { collect } from "../collect/collect.ts";
import { formatResult } from "../collect/result.ts";
import type { CommandContext, CommandResult } from "../command.ts";
import { listInput } from "./matrix.ts";
import { plan } from "./plan.ts";

interface Shown {
  readonly context: CommandContext;
  readonly said: string[];
  readonly codes: string[];
}

function shown(cwd: string): Shown {
  const said: string[] = [];
  const codes: string[] = [];
  const host = { ...nodeHost(), cwd };
  const { signal } = new AbortController();
  const face = {
    sink: () => {},
    say: (text: string) => void said.push(text),
    error: (text: string) => void said.push(text),
    raw: (text: string) => void said.push(text),
    machine: () => {},
    diagnostics: (list: readonly { code: string; severity: string }[]) =>
      void codes.push(...list.map((one) => `${one.severity} ${one.code}`)),
  };
  const context: CommandContext = {
    host,
    catalog: async () => createCatalog(),
    lookups: createLookups(host, signal),
    face,
    secrets: new Secrets(),
    signal,
    readStdin: async () => Buffer.from(""),
    ask: async () => undefined,
    journalDir: tmpdir(),
    startedAt: Date.UTC(2021, 0, 2),
  };
  return { context, said, codes };
}

function folderWith(t: TestContext, files: Readonly<Record<string, string | object>>): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-plan-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const DEFAULTS = {
  only: [],
  except: [],
  var: {},
  var_file: [],
  config_type: undefined,
  json: false,
  runners: {},
  touched_only: false,
};

async function planned(template: string, more: object = {}): Promise<Shown & { readonly result: CommandResult }> {
  const all = shown(dirname(template));
  return { ...all, result: await plan.run({ ...DEFAULTS, ...more }, template, all.context) };
}

const template = {
  variables: { key: null },
  builders: [
    {
      type: "null",
      name: "machine",
      ssh_host: "127.0.0.1",
      ssh_username: "me",
      ssh_private_key_file: "{{user `key`}}",
    },
    { type: "file", name: "text", target: "t.txt", content: "x" },
  ],
  provisioners: [
    { type: "shell-local", inline: ["true"] },
    { type: "sleep", duration: "1s", only: ["machine"] },
  ],
  "post-processors": [[{ type: "checksum" }, { type: "manifest", name: "record", except: ["machine"] }]],
};

describe("command/plan", () => {
  it("shows each build with its parts", async (t) => {
    const path = join(folderWith(t, { "t.json": template }), "t.json");
    const { said, codes, result } = await planned(path);
    assert.equal(result.exitCode, 0);
    assert.deepEqual(codes, []);
    assert.equal(
      said.join("\n"),
      `${path}: 2 builds

  machine (null)
    communicator: ssh
    provisioners: shell-local, sleep
    post-processors: checksum

  text (file)
    provisioners: shell-local
    post-processors: checksum -> manifest.record`,
    );
  });

  it("prints the same as JSON", async (t) => {
    const { said } = await planned(join(folderWith(t, { "t.json": template }), "t.json"), {
      json: true,
      only: ["text"],
    });
    const { language, builds } = JSON.parse(said.join("")) as { language: string; builds: readonly object[] };
    assert.equal(language, "json");
    assert.deepEqual(builds, [
      {
        name: "text",
        only: "text",
        builder: "file",
        communicator: "none",
        provisioners: ["shell-local"],
        runner: "ubuntu-latest",
        post_processors: [["checksum", "manifest.record"]],
      },
    ]);
  });

  it("fails for mistakes that no value mends, and for a build that does not exist", async (t) => {
    const wrong = { builders: [{ type: "file", target: "x", contnet: "y" }] };
    const folder = folderWith(t, { "t.json": template, "wrong.json": wrong });
    const misspelt = await planned(join(folder, "wrong.json"));
    assert.equal(misspelt.result.exitCode, 1);
    assert.ok(misspelt.codes.includes("error option/unknown"));
    const missing = await planned(join(folder, "t.json"), { only: ["txet"] });
    assert.equal(missing.result.exitCode, 1);
    assert.deepEqual(missing.codes, ["error template/unknown-build"]);
  });

  it("makes an input of any list", () => {
    assert.equal(listInput(["a", "b c"]), "a\nb c");
    for (const items of [["a,b"], [" a"], ["[a]"], ["a\nb"], [""]]) {
      assert.deepEqual(JSON.parse(listInput(items)), items);
    }
  });
});

describe("command/collect", () => {
  it("writes one manifest of all results, in the order of the matrix", async (t) => {
    const leg = (name: string, endedAt: number): string =>
      formatResult({
        outcome: "built",
        failureClass: "",
        endedAt,
        runUuid: `run of ${name}`,
        templates: ["t.json"],
        only: [name],
        builds: [
          {
            template: "t.json",
            name,
            builderType: "file",
            startedAt: endedAt - 1000,
            outcome: "built",
            milliseconds: 1000,
            error: undefined,
            failure: undefined,
            failedIn: undefined,
            artifacts: [{ builderId: "packer.file", id: "File", text: `Stored file: ${name}`, files: [name] }],
            spans: [],
          },
        ],
        artifacts: [
          {
            template: "t.json",
            build: name,
            builder: "file",
            builder_id: "packer.file",
            id: "File",
            description: "",
            files: [{ path: name, size: 3 }],
          },
        ],
        uploaded: [],
        compared: [],
        errors: [],
      });
    const matrix = {
      include: ["b", "a"].map((name) => ({ template: "t.json", name, builder: "file", only: name, runner: "x" })),
    };
    const files = {
      "1/packer-result.json": leg("a", 1_700_000_002_000),
      "2/other-name.json": leg("b", 1_700_000_001_000),
      "m.json": matrix,
    };
    const folder = folderWith(t, files);
    const { context, said, codes } = shown(folder);
    const config = { results: [], matrix: "m.json", manifest: "out/manifest.json" };
    const { exitCode } = await collect.run(config, "1", { ...context, moreArguments: ["2/*.json"] });
    assert.equal(exitCode, 0, codes.join());
    assert.match(
      said.join("\n"),
      /^Collected 2 builds from 2 results:\n\n {2}b: built after 1 second\n {4}--> Stored file: b\n {2}a: built/,
    );
    assert.deepEqual(JSON.parse(readFileSync(join(folder, "out/manifest.json"), "utf8")), {
      builds: ["b", "a"].map((name, i) => ({
        name,
        builder_type: "file",
        build_time: 1_700_000_001 + i,
        files: [{ name, size: 3 }],
        artifact_id: "File",
        packer_run_uuid: `run of ${name}`,
        custom_data: null,
      })),
      last_run_uuid: "run of a",
    });
  });

  it("refuses a matrix that is none", async (t) => {
    const { context, codes } = shown(folderWith(t, {}));
    for (const matrix of ["{", "missing.json", '{"include":[{"name":"a"}]}', "[1]"]) {
      const { exitCode } = await collect.run({ results: ["."], matrix, manifest: "m" }, "", context);
      assert.equal(exitCode, 1);
      assert.equal(codes.pop(), "error collect/matrix");
    }
  });
});

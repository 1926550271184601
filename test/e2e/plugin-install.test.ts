// `init` and `plugins` against stand-ins of the hosts that plugins come from.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { type Ended, folderWith, packerTs } from "../packer-ts.ts";
import { buildPeer } from "../plugins/peer.ts";
import {
  type PluginRegistry,
  pluginRegistry,
  publishAsHashiCorp,
  publishOnGitHub,
  SYSTEM,
  writeScript,
  zipOf,
} from "../servers/plugin-registry.ts";

function requirePlugin(version: string, source = "github.com/me/peer", name = "peer"): string {
  return `packer {\n  required_plugins {\n    ${name} = {\n      version = "${version}"\n      source  = "${source}"\n    }\n  }\n}\n`;
}

interface Place {
  readonly registry: PluginRegistry;
  readonly folder: string;
  /** The files of `github.com/me/peer`, without those that hold sums. */
  list(source?: string): readonly string[];
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

async function place(test: TestContext, template = requirePlugin(">= 1.0.0")): Promise<Place> {
  const registry = await pluginRegistry(test);
  const folder = folderWith(test, { "t.pkr.hcl": template });
  mkdirSync(join(folder, "home"));
  const root = join(folder, "plugins");
  return {
    registry,
    folder,
    list: (source = "github.com/me/peer") => {
      const all = existsSync(join(root, source)) ? readdirSync(join(root, source)) : [];
      return all.filter((file) => !file.endsWith("_SHA256SUM")).sort();
    },
    run: (args, env = {}) =>
      packerTs(args, {
        cwd: folder,
        env: {
          HOME: join(folder, "home"),
          PACKER_PLUGIN_PATH: root,
          PACKER_GITHUB_API_TOKEN: "",
          ...registry.env,
          ...env,
        },
      }),
  };
}

function nameFile(version: string, api = "x5.0"): string {
  return `packer-plugin-peer_v${version}_${api}_${SYSTEM}`;
}

function assertEnded(ended: Ended, code: number): string {
  assert.equal(ended.code, code, ended.stdout + ended.stderr);
  return ended.stdout + ended.stderr;
}

describe("init", { timeout: 300_000 }, () => {
  it("installs the newest version that fits from GitHub, which can be used at once", async (test) => {
    if (!needs(test, "zip", "go")) {
      return;
    }
    const { readFileSync } = await import("node:fs");
    const here = await place(
      test,
      `${requirePlugin("~> 1.2")}source "peer-machine" "m" {\n  folder = "machine"\n}\nbuild {\n  sources = ["source.peer-machine.m"]\n}\n`,
    );
    publishOnGitHub(here.registry, "me", [
      { version: "1.1.0" },
      { version: "1.2.3", program: readFileSync(buildPeer("protobuf")) },
      { version: "2.0.0" },
    ]);
    const before = await here.run(["validate", "t.pkr.hcl"]);
    assert.equal(before.code, 1);
    const said = assertEnded(await here.run(["init", "t.pkr.hcl"]), 0);
    assert.match(said, /^Installed plugin github\.com\/me\/peer v1\.2\.3 in ".*packer-plugin-peer_v1\.2\.3_x5\.0_/m);
    assert.deepEqual(here.list(), [nameFile("1.2.3")]);
    assertEnded(await here.run(["validate", "t.pkr.hcl"]), 0);
    assert.ok(
      here.registry.asked.every(({ url }) => !url.startsWith("releases.")),
      "another publisher's plugin was asked for",
    );
  });

  it("installs a plugin of HashiCorp's from its own host", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test, requirePlugin(">= 1.0.0", "github.com/hashicorp/peer"));
    publishAsHashiCorp(here.registry, [{ version: "1.4.0" }, { version: "1.10.0" }]);
    assertEnded(await here.run(["init", "t.pkr.hcl"]), 0);
    assert.deepEqual(here.list("github.com/hashicorp/peer"), [nameFile("1.10.0")]);
    assert.ok(here.registry.asked.every(({ url }) => url.startsWith("releases.")));
  });

  it("asks GitHub when HashiCorp's host has no answer", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test, requirePlugin(">= 1.0.0", "github.com/hashicorp/peer"));
    here.registry.answers.set("releases.hashicorp.com/packer-plugin-peer/index.json", { status: 403 });
    publishOnGitHub(here.registry, "hashicorp", [{ version: "1.4.0" }]);
    assertEnded(await here.run(["init", "t.pkr.hcl"]), 0);
    assert.deepEqual(here.list("github.com/hashicorp/peer"), [nameFile("1.4.0")]);
  });

  it("leaves alone what is there, unless it is asked for a newer one or the same again", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test);
    publishOnGitHub(here.registry, "me", [{ version: "1.0.0" }]);
    assertEnded(await here.run(["init", "t.pkr.hcl"]), 0);
    const asked = here.registry.asked.length;
    assert.equal(assertEnded(await here.run(["init", "t.pkr.hcl"]), 0).trim(), "");
    assert.equal(here.registry.asked.length, asked, "somebody was asked for what is there");
    publishOnGitHub(here.registry, "me", [{ version: "1.0.0" }, { version: "1.5.0" }]);
    assert.match(assertEnded(await here.run(["init", "-force", "t.pkr.hcl"]), 0), /v1\.0\.0/);
    assert.match(assertEnded(await here.run(["init", "-upgrade", "t.pkr.hcl"]), 0), /v1\.5\.0/);
    assert.equal(assertEnded(await here.run(["init", "-upgrade", "t.pkr.hcl"]), 0).trim(), "");
    assert.deepEqual(here.list(), [nameFile("1.0.0"), nameFile("1.5.0")]);
  });

  it("shows a token to GitHub's interface alone", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test);
    publishOnGitHub(here.registry, "me", [{ version: "1.0.0" }]);
    assertEnded(await here.run(["init", "t.pkr.hcl"], { PACKER_GITHUB_API_TOKEN: "ghp_secretword" }), 0);
    for (const { url, authorization } of here.registry.asked) {
      assert.equal(authorization, url.startsWith("api.github.com/") ? "Bearer ghp_secretword" : undefined, url);
    }
  });

  const fallBacks = [
    { what: "whose archive has another checksum", bad: { sum: "0".repeat(64) }, says: /is not what was published/ },
    {
      what: "whose archive lacks the program",
      bad: { zip: "other" },
      says: /The archive of the plugin cannot be used/,
    },
    { what: "whose archive is none", bad: { zip: "noise" } },
    { what: "whose program says that it is another version", bad: { program: writeScript("9.9.9") } },
    { what: "whose program says that it is not released yet", bad: { program: writeScript("1.9.0-dev") } },
    { what: "whose program does not start", bad: { program: "#!/bin/sh\nexit 3\n" } },
    {
      what: "whose program says nothing of itself",
      bad: { program: "#!/bin/sh\necho hello\n" },
      says: /does not describe itself/,
    },
    { what: "that speaks another protocol", bad: { api: "x6.0" } },
    { what: "that speaks a newer protocol", bad: { api: "x5.1" } },
    { what: "that is not made for this machine", bad: { system: "plan9_mips" } },
  ];
  for (const { what, bad, says = /v1\.9\.0/ } of fallBacks) {
    it(`passes over a version ${what}, and says so when there is no other one`, async (test) => {
      if (!needs(test, "zip")) {
        return;
      }
      const zips: Readonly<Record<string, Uint8Array>> = {
        other: zipOf("README", "hello"),
        noise: Buffer.from("no archive"),
      };
      const { zip, ...rest } = bad as { readonly zip?: string };
      const broken = { version: "1.9.0", ...rest, ...(zip === undefined ? {} : { zip: zips[zip] as Uint8Array }) };
      const here = await place(test);
      publishOnGitHub(here.registry, "me", [broken]);
      const said = assertEnded(await here.run(["init", "t.pkr.hcl"]), 1);
      assert.match(said, /No version of github\.com\/me\/peer could be installed +\[plugin\/not-installable\]/);
      assert.match(said, says);
      assert.deepEqual(here.list(), []);
      publishOnGitHub(here.registry, "me", [broken, { version: "1.8.0" }]);
      assertEnded(await here.run(["init", "t.pkr.hcl"]), 0);
      assert.deepEqual(here.list(), [nameFile("1.8.0")]);
    });
  }

  it("takes no version before a release", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test);
    publishOnGitHub(here.registry, "me", [{ version: "1.9.0-rc1" }, { version: "1.3.0" }]);
    assertEnded(await here.run(["init", "t.pkr.hcl"]), 0);
    assert.deepEqual(here.list(), [nameFile("1.3.0")]);
  });

  it("reads checksums as other tools write them", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test);
    publishOnGitHub(
      here.registry,
      "me",
      [{ version: "1.3.0" }],
      (sum, file) => `# sums\r\n${sum.toUpperCase()} *${file}`,
    );
    assertEnded(await here.run(["init", "t.pkr.hcl"]), 0);
    assert.deepEqual(here.list(), [nameFile("1.3.0")]);
  });

  const refusals = [
    {
      what: "when no version fits",
      template: requirePlugin(">= 7"),
      says: /No version of .* fits ">= 7" +\[plugin\/no-version\][\s\S]*There are v1\.3\.0/,
    },
    {
      what: "when nobody knows the source",
      template: requirePlugin(">= 1", "example.com/me/peer"),
      says: /Nobody is known who has .* \[plugin\/no-registry\]/,
    },
    {
      what: "when the source is not one",
      template: requirePlugin(">= 1", "me/peer"),
      says: /Invalid plugin source "me\/peer"/,
    },
  ];
  for (const { what, template, says } of refusals) {
    it(`says what to do ${what}`, async (test) => {
      if (!needs(test, "zip")) {
        return;
      }
      const here = await place(test, template);
      publishOnGitHub(here.registry, "me", [{ version: "1.3.0" }]);
      assert.match(assertEnded(await here.run(["init", "t.pkr.hcl"]), 1), says);
    });
  }

  const answers = [
    {
      what: "when GitHub takes no more questions",
      answer: { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1900000000" } },
      says: /takes no more questions .*\[plugin\/rate-limit\][\s\S]*2030-03-17[\s\S]*PACKER_GITHUB_API_TOKEN/,
    },
    { what: "when the token is refused", answer: { status: 401 }, says: /answered 401 +\[plugin\/registry\]/ },
    {
      what: "when there is no such repository",
      answer: { status: 404 },
      says: /answered 404[\s\S]*source of the plugin/,
    },
    { what: "when what GitHub answers is no list", answer: { body: "<html>" }, says: /no release/ },
  ];
  for (const { what, answer, says } of answers) {
    it(`says what to do ${what}`, async (test) => {
      const here = await place(test);
      here.registry.answers.set("api.github.com/repos/me/packer-plugin-peer/git/matching-refs/tags", answer);
      assert.match(assertEnded(await here.run(["init", "t.pkr.hcl"]), 1), says);
    });
  }

  it("leaves nothing behind when a download is cut off", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test);
    publishOnGitHub(here.registry, "me", [{ version: "1.3.0" }]);
    const url = `github.com/me/packer-plugin-peer/releases/download/v1.3.0/${nameFile("1.3.0")}.zip`;
    here.registry.answers.set(url, { ...here.registry.answers.get(url), cutAfter: 40 });
    assertEnded(await here.run(["init", "t.pkr.hcl"]), 1);
    assert.deepEqual(here.list(), []);
  });

  it("goes on with the next plugin when one cannot be installed", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(
      test,
      requirePlugin(">= 1", "github.com/nobody/peer", "first") + requirePlugin(">= 1", "github.com/me/peer"),
    );
    publishOnGitHub(here.registry, "me", [{ version: "1.3.0" }]);
    assertEnded(await here.run(["init", "t.pkr.hcl"]), 1);
    assert.deepEqual(here.list(), [nameFile("1.3.0")]);
  });

  it("does no harm when two do it at once", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test);
    publishOnGitHub(here.registry, "me", [{ version: "1.3.0" }]);
    const both = await Promise.all([here.run(["init", "t.pkr.hcl"]), here.run(["init", "-force", "t.pkr.hcl"])]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.deepEqual(here.list(), [nameFile("1.3.0")]);
    assert.match(assertEnded(await here.run(["plugins", "installed"]), 0), /packer-plugin-peer_v1\.3\.0/);
  });

  it("has nothing to do without requirements, and says that JSON has none", async (test) => {
    const here = await place(test, 'source "null" "n" {\n  communicator = "none"\n}\n');
    assert.match(assertEnded(await here.run(["init", "t.pkr.hcl"]), 0), /No plugins requirement found/);
    writeFileSync(join(here.folder, "t.json"), '{"builders":[{"type":"null","communicator":"none"}]}');
    assert.match(assertEnded(await here.run(["init", "t.json"]), 1), /only works with HCL2/);
  });
});

describe("plugins", { timeout: 300_000 }, () => {
  it("installs, lists and removes by hand", async (test) => {
    if (!needs(test, "zip")) {
      return;
    }
    const here = await place(test, requirePlugin("~> 1.3"));
    publishOnGitHub(here.registry, "me", [{ version: "1.3.0" }, { version: "1.2.0" }]);
    assertEnded(await here.run(["plugins", "install", "github.com/me/peer", "< 1.3"]), 0);
    assertEnded(await here.run(["plugins", "install", "github.com/me/peer"]), 0);
    assert.deepEqual(here.list(), [nameFile("1.2.0")], "one that fits was there already");
    assertEnded(await here.run(["plugins", "install", "github.com/me/peer", "1.3.0"]), 0);
    const path = (version: string) => join(here.folder, "plugins/github.com/me/peer", nameFile(version));
    assert.equal(assertEnded(await here.run(["plugins", "installed"]), 0), `${path("1.2.0")}\n${path("1.3.0")}\n`);
    const required = assertEnded(await here.run(["plugins", "required", "t.pkr.hcl"]), 0);
    assert.equal(required, `peer github.com/me/peer "~> 1.3" ${path("1.3.0")}\n`);
    assert.equal(assertEnded(await here.run(["plugins", "remove", path("1.3.0")]), 0), `${path("1.3.0")}\n`);
    assert.equal(assertEnded(await here.run(["plugins", "remove", "github.com/me/peer"]), 0), `${path("1.2.0")}\n`);
    assert.match(
      assertEnded(await here.run(["plugins", "remove", "github.com/me/peer"]), 1),
      /No installed plugin found/,
    );
    assert.deepEqual(here.list(), []);
  });

  it("installs a file, which may be one that was built here", async (test) => {
    const here = await place(test);
    for (const [name, text] of [
      ["good", writeScript("1.4.0-dev+abc")],
      ["early", writeScript("1.4.0-rc1")],
      ["newer", writeScript("1.4.0", { api_version: "x5.1" })],
    ] as const) {
      writeFileSync(join(here.folder, name), text, { mode: 0o755 });
    }
    const said = assertEnded(await here.run(["plugins", "install", "-path", "good", "github.com/me/peer"]), 0);
    assert.match(
      said,
      /^Successfully installed plugin github\.com\/me\/peer from good to .*packer-plugin-peer_v1\.4\.0-dev_x5\.0_/m,
    );
    assert.match(
      assertEnded(await here.run(["plugins", "install", "-path", "early", "github.com/me/peer"]), 1),
      /says that it is version "1\.4\.0-rc1" +\[plugin\/file\]/,
    );
    assert.match(
      assertEnded(await here.run(["plugins", "install", "-path", "newer", "github.com/me/peer"]), 1),
      /speaks protocol 5\.1/,
    );
    assert.match(assertEnded(await here.run(["plugins", "install", "-path", "none", "github.com/me/peer"]), 1), /none/);
    assert.deepEqual(here.list(), [nameFile("1.4.0-dev")]);
  });

  it("names its subcommands when it is given another word", async (test) => {
    const here = await place(test);
    assert.match(
      assertEnded(await here.run(["plugins", "list"]), 1),
      /There is no "plugins list"; there are install, installed, remove, required/,
    );
  });
});

// The guides do what they say: their examples are run as they stand, and what they say of plugins is so.
import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { needs } from "../needs.ts";
import { folderWith, packerTs, projectRoot } from "../packer-ts.ts";
import { pluginRegistry, publishOnGitHub, SYSTEM, writeScript } from "../servers/plugin-registry.ts";
import { type FakeRunner, fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Language, writeTemplate } from "./three-languages.ts";

type Inputs = Readonly<Record<string, string>>;

function listBlocks(page: string, language: string): readonly string[] {
  const text = readFileSync(join(projectRoot, page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block = ""]) => block);
}

interface Step {
  readonly env?: Inputs;
  readonly with: Inputs;
}

/** The steps of the action in the first example of a page that has some, with the values of expressions. */
function readExample(page: string, values: Inputs): readonly Step[] {
  const block = listBlocks(page, "yaml")[0] ?? "";
  const steps = parse(block) as readonly Step[];
  const fill = (inputs: Inputs = {}): Inputs =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, text]) => [
        name,
        String(text).replace(/\$\{\{ ([\w.]+) \}\}/g, (_, key: string) => values[key] ?? ""),
      ]),
    );
  return steps.map(({ env, with: given }) => ({ env: fill(env), with: fill(given) }));
}

describe("docs/guides", () => {
  for (const name of readdirSync(join(projectRoot, "docs/guides"))) {
    const blocks = listBlocks(`docs/guides/${name}`, "hcl");
    if (blocks.length > 0) {
      it(`${name} shows HCL2 that can be read`, async (t) => {
        for (const block of blocks) {
          // Some show a few options of a source.
          const text = /^\w+( "[^"]*")* \{/.test(block) ? block : `source "qemu" "shown" {\n${block}}\n`;
          const { code, stdout, stderr } = await packerTs(["fmt", "-check", "-"], {
            cwd: folderWith(t, {}),
            input: text,
          });
          assert.equal(code, 0, `${text}\n${stdout}${stderr}`);
        }
      });
    }
  }
});

/** The step of a guide for templates of another language: what it names ends otherwise. */
function inLanguage(inputs: Inputs = {}, language: Language): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, text]) => [name, text.replaceAll(".pkr.hcl", language.file(""))]),
  );
}

for (const language of LANGUAGES) {
  describe(`docs/guides/secrets.md with ${language.name}`, () => {
    it("hands secrets on as they are, with quotes, signs and several lines", async (t) => {
      const runner = fakeRunner(t);
      const template = {
        variables: { password: null, ssh_key: null },
        "sensitive-variables": ["password", "ssh_key"],
        builders: [{ type: "file", name: "web", content: "{{user `password`}}|{{user `ssh_key`}}", target: "out.txt" }],
      };
      writeTemplate(runner, language, template, "images/web");
      const values = { "secrets.PASSWORD": `it's "a: #b" {c}`, "secrets.SSH_KEY": "-----BEGIN\nline: two\n" };
      const [step] = readExample("docs/guides/secrets.md", values);
      const { code, stdout } = await runner.run(inLanguage(step?.with, language), step?.env);
      assert.equal(code, 0, stdout);
      assert.equal(readFileSync(join(runner.workspace, "out.txt"), "utf8"), Object.values(values).join("|"));
    });

    it("hides what the environment gives a plain variable when secret-envs names it", async (t) => {
      const guide = readFileSync(join(projectRoot, "docs/guides/secrets.md"), "utf8");
      const named = /in any case: `([^`]+)`/.exec(guide)?.[1] ?? "";
      const runner = fakeRunner(t);
      // Where PKR_VAR_ gives no values, the template itself says which variable of the environment it takes.
      const password = language.name === "HCL2" ? null : "{{env `PKR_VAR_password`}}";
      const template = writeTemplate(runner, language, {
        variables: { password },
        builders: [{ type: "null", name: "n", communicator: "none" }],
        provisioners: [{ type: "shell-local", inline: ["echo it is {{user `password`}}"] }],
      });
      const env = { PKR_VAR_password: "hushhush" };
      const shown = await runner.run({ template }, env);
      assert.match(shown.stdout, /^it is hushhush$/m);
      const hidden = await runner.run({ template, "secret-envs": named }, env);
      assert.equal(hidden.code, 0, hidden.stdout);
      assert.match(hidden.stdout, /^it is <sensitive>$/m);
    });
  });

  describe(`docs/guides/self-hosted-runners.md with ${language.name}`, () => {
    it("gives builds the runners that its example names", async (t) => {
      const runner = fakeRunner(t);
      const isHcl = language.name === "HCL2";
      const names = isHcl ? ["windows", "plain"] : ["null.windows", "null.plain"];
      const template = { builders: names.map((name) => ({ type: "null", name, communicator: "none" })) };
      const file = writeTemplate(runner, language, template, "images/t");
      const [step] = readExample("docs/guides/self-hosted-runners.md", {});
      // A folder is a template in HCL2 alone.
      const given = isHcl ? (step?.with ?? {}) : { ...step?.with, template: file };
      const { code, stdout, outputs } = await runner.run(given);
      assert.equal(code, 0, stdout);
      const { include } = JSON.parse(outputs["matrix"] ?? "") as { include: { name: string; runner: unknown }[] };
      assert.deepEqual(Object.fromEntries(include.map(({ name, runner: labels }) => [name, labels])), {
        "null.windows": ["self-hosted", "windows"],
        "null.plain": "ubuntu-latest",
      });
    });
  });
}

const REQUIRING = `packer {
  required_plugins {
    peer = {
      source  = "github.com/me/peer"
      version = ">= 1.3.0"
    }
  }
}

source "peer-machine" "m" {}

build {
  sources = ["source.peer-machine.m"]
}
`;

describe("docs/guides/plugins.md", { timeout: 120_000 }, () => {
  it("shows commands that do what it says, one after the other", async (t) => {
    if (!needs(t, "zip")) {
      return;
    }
    const registry = await pluginRegistry(t);
    publishOnGitHub(registry, "me", [{ version: "1.3.0" }, { version: "1.4.0" }]);
    const program = writeScript("1.5.0");
    const folder = folderWith(t, { "web.pkr.hcl": REQUIRING, "packer-plugin-amazon": program });
    chmodSync(join(folder, "packer-plugin-amazon"), 0o755);
    const root = join(folder, "plugins");
    const lines = listBlocks("docs/guides/plugins.md", "console").join("").trim().split("\n");
    assert.equal(lines.length, 7);
    for (const line of lines) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "").slice(2);
      const args = words.map((word) => word.replace("github.com/hashicorp/amazon", "github.com/me/peer"));
      const env = { ...registry.env, HOME: folder, PACKER_PLUGIN_PATH: root, PACKER_GITHUB_API_TOKEN: "" };
      const { code, stdout, stderr } = await packerTs(args, { cwd: folder, env });
      assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
      if (args.includes("-path")) {
        assert.ok(existsSync(join(root, "github.com/me/peer", `packer-plugin-peer_v1.5.0_x5.0_${SYSTEM}`)));
      }
    }
    assert.deepEqual(
      readdirSync(join(root, "github.com/me/peer")).filter((name) => !name.endsWith("SUM")),
      [],
    );
  });

  /** A runner whose template needs a plugin that is published; how often somebody was asked for it. */
  async function openRunner(
    t: TestContext,
    program?: string,
  ): Promise<{ runner: FakeRunner; env: Inputs; asked(): number }> {
    const runner = fakeRunner(t);
    runner.file("t.pkr.hcl", REQUIRING);
    const registry = await pluginRegistry(t);
    publishOnGitHub(registry, "me", [program === undefined ? { version: "1.3.0" } : { version: "1.3.0", program }]);
    const env = { ...registry.env, PACKER_PLUGIN_PATH: join(runner.temp, "plugins") };
    return { runner, env, asked: () => registry.asked.length };
  }

  for (const command of ["validate", "plan"]) {
    it(`${command} fetches a plugin only with "as-declared"`, async (t) => {
      if (!needs(t, "zip")) {
        return;
      }
      const { runner, env, asked } = await openRunner(t);
      for (const plugins of ["native-first", "none"]) {
        await runner.run({ command, template: "t.pkr.hcl", plugins }, env);
        assert.equal(asked(), 0, `${command} with ${plugins} has asked for a plugin`);
      }
      const { stdout } = await runner.run({ command, template: "t.pkr.hcl", plugins: "as-declared" }, env);
      assert.ok(asked() > 0, stdout);
    });
  }

  it("inspect fetches none in any case", async (t) => {
    if (!needs(t, "zip")) {
      return;
    }
    const { runner, env, asked } = await openRunner(t);
    const { code, stdout } = await runner.run(
      { command: "inspect", template: "t.pkr.hcl", plugins: "as-declared" },
      env,
    );
    assert.equal(code, 0, stdout);
    assert.equal(asked(), 0);
  });

  it("tells a plugin neither the inputs nor the tokens of the runner, but the environment of the step", async (t) => {
    if (!needs(t, "zip")) {
      return;
    }
    const seen = join(folderWith(t, {}), "seen");
    const given = await openRunner(t, writeScript("1.3.0").replace("\n", `\nenv > '${seen}'\n`));
    const tokens = { ACTIONS_RUNTIME_TOKEN: "eyJhbruntime", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "eyJhbidentity" };
    const { code, stdout } = await given.runner.run(
      { command: "init", template: "t.pkr.hcl", "secret-vars": "nothing: hushhush", "github-token": "ghs_hushhush" },
      { ...given.env, ...tokens, AWS_PROFILE: "images" },
    );
    assert.equal(code, 0, stdout);
    const environment = readFileSync(seen, "utf8");
    assert.doesNotMatch(environment, /hushhush|eyJhb|^INPUT_|^GITHUB_(OUTPUT|ENV|PATH|STATE)/m);
    assert.match(environment, /^AWS_PROFILE=images$/m);
  });
});

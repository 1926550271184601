// HCL2 on the command line: what a user sees of formatting, upgrading, selecting and going on after an error.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { cliPath, folderWith, packerTs, projectRoot } from "../packer-ts.ts";
import { baseImage } from "../servers/docker-fixture.ts";
import { planOf, viewOf } from "../template/plan-view.ts";

const nothing = 'source "null" "a" {\n  communicator = "none"\n}\n';

describe("command/fmt", () => {
  it("formats standard input to standard output", async () => {
    const ended = await packerTs(["fmt", "-"], { input: "a=1\nbb  = 2" });
    assert.deepEqual([ended.code, ended.stdout], [0, "a  = 1\nbb = 2"]);
  });

  it("looks into folders with -recursive, but not into hidden ones", async (t) => {
    const folder = folderWith(t, { "a.pkr.hcl": "a=1\n", "in/b.pkr.hcl": "a=1\n", ".git/c.pkr.hcl": "a=1\n" });
    const ended = await packerTs(["fmt", "-check", "-recursive", "."], { cwd: folder });
    assert.deepEqual([ended.code, ended.stdout], [3, "a.pkr.hcl\nin/b.pkr.hcl\n"]);
    assert.equal(readFileSync(join(folder, "a.pkr.hcl"), "utf8"), "a=1\n");
  });

  it("leaves a broken file alone, says where it breaks, and formats the others", async (t) => {
    const folder = folderWith(t, { "a.pkr.hcl": "a = {\n", "b.pkr.hcl": "b=1\n" });
    const ended = await packerTs(["fmt", "."], { cwd: folder });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /hcl\/unclosed-bracket[\s\S]*a\.pkr\.hcl line 1/);
    assert.equal(readFileSync(join(folder, "a.pkr.hcl"), "utf8"), "a = {\n");
    assert.equal(readFileSync(join(folder, "b.pkr.hcl"), "utf8"), "b = 1\n");
  });
});

describe("command/fmt on a full disk", { skip: process.platform === "win32" }, () => {
  it("says that the file could not be written", async (t) => {
    const folder = folderWith(t, { "a.pkr.hcl": "a=1\n" });
    // No file may grow beyond no bytes at all.
    const limited = ["-c", 'ulimit -f 0; exec "$0" "$@"', process.execPath, cliPath, "fmt", "a.pkr.hcl"];
    const { status, stdout, stderr } = spawnSync("sh", limited, {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      encoding: "utf8",
    });
    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout, /a\.pkr\.hcl could not be written +\[fmt\/unwritable\]\n +EFBIG/);
  });
});

describe("command/hcl2_upgrade", () => {
  it("writes a file that builds what the JSON template builds", async (t) => {
    const template = {
      variables: { text: "t", both: "{{user `text`}}-{{user `text`}}" },
      "sensitive-variables": ["text"],
      builders: [
        { type: "file", name: "one.two", target: "{{build_name}}.txt", content: "{{user `both`}} ${x} {{upper `a`}}" },
      ],
      provisioners: [{ type: "shell-local", inline: ["echo {{user `both` | upper}}"], only: ["one.two"] }],
    };
    const folder = folderWith(t, { "t.json": JSON.stringify(template) });
    const ended = await packerTs(["hcl2_upgrade", "t.json"], { cwd: folder });
    assert.deepEqual([ended.code, ended.stdout], [0, "Successfully created t.json.pkr.hcl. Exit 0\n"]);
    const built = await packerTs(["build", "t.json.pkr.hcl"], { cwd: folder });
    assert.equal(built.code, 0, built.stdout);
    assert.match(built.stdout, /file\.one\.two: T-T|file\.one\.two: <sensitive>/);
    assert.equal((await packerTs(["build", "-force", "t.json"], { cwd: folder })).code, 0);
  });

  it("writes nothing for a template that cannot be read", async (t) => {
    const folder = folderWith(t, { "t.json": '{"builders": [{}]}' });
    const ended = await packerTs(["hcl2_upgrade", "t.json"], { cwd: folder });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /template\/missing-type/);
    assert.equal(existsSync(join(folder, "t.json.pkr.hcl")), false);
  });
});

describe("command/validate of HCL2", () => {
  it("wants nothing with -allow-unset-vars, and names what is not native once", async (t) => {
    const folder = folderWith(t, {
      "a.pkr.hcl":
        'variable "region" {\n  type = string\n}\ndata "http" "x" {\n  url = "https://example.invalid/${var.region}"\n}\nsource "amazon-ebs" "a" {\n  region = var.region\n  user_data = data.http.x.body\n}\nsource "virtualbox-iso" "b" {}\nbuild {\n  sources = ["amazon-ebs.a", "virtualbox-iso.b"]\n  provisioner "ansible" {}\n}\n',
    });
    const ended = await packerTs(["validate", "-allow-unset-vars", "."], { cwd: folder });
    assert.equal(ended.code, 0, ended.stdout);
    assert.equal(ended.stdout.match(/component\/not-native/g)?.length, 1);
    assert.match(ended.stdout, /builder "amazon-ebs", provisioner "ansible", builder "virtualbox-iso"/);
    assert.equal((await packerTs(["validate", "."], { cwd: folder })).code, 1);
  });

  it("takes a pattern of -only that fits nothing for a mistake, with the nearest name", async (t) => {
    const folder = folderWith(t, { "a.pkr.hcl": `${nothing}build {\n  sources = ["null.a"]\n}\n` });
    const ended = await packerTs(["validate", "-only=nul.a", "."], { cwd: folder });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /template\/unknown-build[\s\S]*did you mean "null\.a"\?/);
  });
});

describe("command/build of HCL2", () => {
  it("goes on after a provisioner that may fail", async (t) => {
    const folder = folderWith(t, {
      "a.pkr.hcl": `${nothing}build {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    continue_on_error = true\n    max_retries = 1\n    inline = ["exit 3"]\n  }\n  provisioner "shell-local" {\n    inline = ["echo went on"]\n  }\n}\n`,
    });
    const ended = await packerTs(["build", "."], { cwd: folder });
    assert.equal(ended.code, 0, ended.stdout);
    assert.match(
      ended.stdout,
      /retrying with 1 trie\(s\) left[\s\S]*Warning: Provisioner failed with .*, but continue_on_error is set; continuing the build\.[\s\S]*went on/,
    );
  });

  it("never shows a sensitive value, nor what is made of it", async (t) => {
    const folder = folderWith(t, {
      "a.pkr.hcl": `variable "s" {\n  sensitive = true\n  default = "hushhush"\n}\nlocals {\n  u = upper(var.s)\n}\n${nothing}build {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = ["echo \${var.s} \${local.u}"]\n  }\n}\n`,
    });
    for (const command of ["build", "inspect", "validate"]) {
      const ended = await packerTs([command, "."], { cwd: folder });
      assert.equal(ended.code, 0, ended.stdout);
      assert.doesNotMatch(ended.stdout + ended.stderr, /hushhush/i, command);
    }
  });

  it("makes the plan and the image that the same template in JSON makes", async (t) => {
    const json = {
      variables: { word: "same" },
      builders: [
        {
          type: "docker",
          name: "d",
          image: "scratch-of-test",
          commit: true,
          pull: false,
          changes: ["ENV WORD={{user `word`}}", "WORKDIR /srv"],
        },
      ],
      provisioners: [{ type: "shell", inline: ["echo {{user `word`}} > /made"], max_retries: 1 }],
      "post-processors": [[{ type: "docker-tag", repository: "packer-ts-hcl2", tag: ["LANGUAGE"] }]],
    };
    const hcl = `variable "word" {
  default = "same"
}
source "docker" "d" {
  image   = "scratch-of-test"
  commit  = true
  pull    = false
  changes = ["ENV WORD=\${var.word}", "WORKDIR /srv"]
}
build {
  sources = ["docker.d"]
  provisioner "shell" {
    inline      = ["echo \${var.word} > /made"]
    max_retries = 1
  }
  post-processors {
    post-processor "docker-tag" {
      repository = "packer-ts-hcl2"
      tag        = ["LANGUAGE"]
    }
  }
}
`;
    const folder = folderWith(t, { "t.json": JSON.stringify(json), "t.pkr.hcl": hcl });
    const [a, b] = [
      await planOf({ path: join(folder, "t.json"), cwd: folder }),
      await planOf({ path: join(folder, "t.pkr.hcl"), cwd: folder }),
    ];
    assert.deepEqual(await viewOf(b), await viewOf(a));
    assert.equal(a.plan.builds.length, 1);
    const image = baseImage(t);
    if (image !== undefined) {
      await sameImages(t, folder, image);
    }
  });
});

/** Builds both for real and looks into the images. */
async function sameImages(t: TestContext, folder: string, image: string): Promise<void> {
  const { spawnSync } = await import("node:child_process");
  const docker = (...args: string[]): string => {
    const ended = spawnSync("docker", args, { encoding: "utf8" });
    assert.equal(ended.status, 0, `docker ${args.join(" ")}: ${ended.stderr}`);
    return ended.stdout;
  };
  t.after(() => spawnSync("docker", ["rmi", "-f", "packer-ts-hcl2:json", "packer-ts-hcl2:hcl2"]));
  const { writeFileSync } = await import("node:fs");
  const facts: string[] = [];
  for (const [file, language] of [
    ["t.json", "json"],
    ["t.pkr.hcl", "hcl2"],
  ] as const) {
    const text = readFileSync(join(folder, file), "utf8")
      .replace("scratch-of-test", image)
      .replace("LANGUAGE", language);
    writeFileSync(join(folder, file), text);
    const ended = await packerTs(["build", file], { cwd: folder });
    assert.equal(ended.code, 0, ended.stdout);
    const tag = `packer-ts-hcl2:${language}`;
    const config = docker(
      "inspect",
      "-f",
      "{{json .Config.Env}} {{.Config.WorkingDir}} {{json .Config.Cmd}} {{json .Config.Entrypoint}}",
      tag,
    );
    facts.push(config + docker("run", "--rm", "--entrypoint", "cat", tag, "/made"));
  }
  assert.equal(facts[1], facts[0]);
  assert.match(facts[0] ?? "", /same/);
}

describe("examples/hcl2", () => {
  it("is formatted", async () => {
    assert.equal((await packerTs(["fmt", "-check", "examples/hcl2"], { cwd: projectRoot })).code, 0);
  });
});

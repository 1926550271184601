import assert from "node:assert/strict";
import { chmodSync, renameSync } from "node:fs";
import { describe, it } from "node:test";
import { folderWith, recipesOf, writeFiles } from "../../test/fakes/recipes.ts";
import { compareRecipes, speakDifference } from "./differences.ts";
import { type BuildRecipe, computeFingerprint } from "./recipe.ts";

const hcl = `
variable "password" {
  type      = string
  sensitive = true
  default   = "correct horse"
}
variable "region" { default = "eu" }
variable "unused" { default = "nobody asks for me" }
locals {
  made = formatdate("YYYYMMDDhhmmss", timestamp())
  id   = uuidv4()
  who  = "\${var.region}-\${local.id}"
}
source "docker" "app" {
  image   = "debian"
  commit  = true
  message = "made \${local.made}"
}
build {
  sources = ["source.docker.app"]
  provisioner "shell" {
    inline           = ["echo \${local.who}", "echo \${build.ID} \${var.region}"]
    environment_vars = ["PASSWORD=\${var.password}"]
  }
  provisioner "shell" {
    script = "setup.sh"
  }
  provisioner "file" {
    source      = "files"
    destination = "/srv"
  }
}
`;
const json = JSON.stringify({
  variables: { pass: "hunter22", when: "{{isotime}} {{uuid}}", region: "eu" },
  "sensitive-variables": ["pass"],
  builders: [{ type: "docker", image: "debian", commit: true, message: "{{timestamp}} {{user `when`}}" }],
  provisioners: [
    {
      type: "shell",
      script: "setup.sh",
      execute_command: "REGION={{user `region`}} PASS={{user `pass`}} sh {{.Path}}",
    },
  ],
});
const files = {
  "t.pkr.hcl": hcl,
  "t.json": json,
  "setup.sh": "echo setup\n",
  "files/a.txt": "a",
  "files/deep/b.txt": "b",
};

async function one(folder: string, template: string, more?: Parameters<typeof recipesOf>[2]): Promise<BuildRecipe> {
  const [recipe] = await recipesOf(folder, template, more);
  if (recipe === undefined) {
    throw new Error("the template has no build");
  }
  return recipe;
}

/** What a change made differ, as lines. */
async function after(template: string, change: (folder: string) => void, vars = {}): Promise<readonly string[]> {
  const folder = folderWith(files);
  const before = await one(folder, template);
  change(folder);
  const now = await one(folder, template, { vars });
  const found = compareRecipes(before, now).map(speakDifference);
  assert.equal(computeFingerprint(before) === computeFingerprint(now), found.length === 0);
  return found;
}

describe("recipe", () => {
  for (const template of ["t.pkr.hcl", "t.json"]) {
    it(`gives ${template} the same fingerprint whenever and wherever it is evaluated`, async () => {
      const recipe = await one(folderWith(files), template, { now: Date.UTC(2024, 1, 1) });
      const later = await one(folderWith(files), template, { now: Date.UTC(2026, 5, 7) });
      assert.equal(computeFingerprint(recipe), computeFingerprint(later));
    });

    it(`shows no secret of ${template}`, async () => {
      const text = JSON.stringify(await one(folderWith(files), template));
      assert.doesNotMatch(text, /correct horse|hunter22/);
      assert.match(text, /secret:[0-9a-f]{6}"/);
    });

    it(`names the script of ${template} that changed`, async () => {
      const found = await after(template, (folder) => writeFiles(folder, { "setup.sh": "echo other\n" }));
      assert.deepEqual(found, ["file setup.sh: changed"]);
    });
  }

  it("names the files of a folder that were added, taken away and made executable", async () => {
    const found = await after("t.pkr.hcl", (folder) => {
      chmodSync(`${folder}/files/a.txt`, 0o755);
      renameSync(`${folder}/files/deep/b.txt`, `${folder}/files/deep/c.txt`);
    });
    assert.deepEqual(
      found.map((line) => line.replace(/ \(.*/, "")),
      ["file files/a.txt: changed", "file files/deep/b.txt: removed", "file files/deep/c.txt: added"],
    );
  });

  it("names a variable, and the options it shows in", async () => {
    assert.deepEqual(await after("t.pkr.hcl", () => {}, { region: "us" }), [
      "variable region: eu -> us",
      'provisioner 1 (shell), inline[0]: "echo eu-00000000-0000-4000-8000-000000000000" -> "echo us-00000000-0000-4000-8000-000000000000"',
      'provisioner 1 (shell), inline[1]: "echo Build_ID eu" -> "echo Build_ID us"',
    ]);
  });

  it("names a variable that only the running provisioner puts into its command", async () => {
    assert.deepEqual(await after("t.json", () => {}, { region: "us" }), ["variable region: eu -> us"]);
  });

  it("notices a secret that changed without telling it", async () => {
    assert.deepEqual(await after("t.pkr.hcl", () => {}, { password: "battery staple" }), [
      "variable password: changed",
      "provisioner 1 (shell), environment_vars[0]: changed",
    ]);
    assert.deepEqual(await after("t.json", () => {}, { pass: "hunter23" }), ["variable pass: changed"]);
  });

  it("does not care for a variable that the build does not use", async () => {
    assert.deepEqual(await after("t.pkr.hcl", () => {}, { unused: "still nobody" }), []);
  });

  it("digests the same secret differently under another salt", async () => {
    const folder = folderWith(files);
    const [a, b] = [await one(folder, "t.json"), await one(folder, "t.json", { salt: new Uint8Array(16).fill(8) })];
    assert.notEqual(a.variables["pass"], b.variables["pass"]);
  });

  it("does not let the digest of a file tell the secret in it", async () => {
    const folder = folderWith({ ...files, "setup.sh": "echo hunter22\n" });
    const { files: found } = await one(folder, "t.json");
    assert.match(found.find(({ path }) => path === "setup.sh")?.sha256 ?? "", /^secret:/);
  });

  it("knows the builder's options from the communicator's", async () => {
    const template = {
      builders: [
        {
          type: "docker",
          image: "debian",
          commit: true,
          communicator: "ssh",
          ssh_username: "me",
          ssh_password: "hunter22",
          login_password: "hunter33",
        },
      ],
    };
    const recipe = await one(folderWith({ "t.json": JSON.stringify(template) }), "t.json");
    assert.deepEqual(Object.keys(recipe.builder.options), ["commit", "communicator", "image", "login_password"]);
    assert.deepEqual(Object.keys(recipe.communicator.options), ["ssh_password", "ssh_username"]);
    assert.doesNotMatch(JSON.stringify(recipe), /hunter/);
  });
});

// Two versions of templates, image by image.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { folderWith } from "../../../test/fakes/recipes.ts";
import { createCatalog } from "../../catalog.ts";
import { Secrets } from "../../core/secrets.ts";
import { failure } from "../../diagnostic/build-error.ts";
import type { CommandContext } from "../command.ts";
import { planImages } from "./image-plan.ts";
import { gatherImageRecipes, type TemplateRecipes } from "./image-plan-recipes.ts";

const SALT = new Uint8Array(16);

async function recipes(
  files: Readonly<Record<string, string>>,
  template = "t.pkr.hcl",
): Promise<readonly TemplateRecipes[]> {
  const refuse = async (): Promise<never> => {
    throw failure("network", "plan/no-network", "A plan asks nobody");
  };
  const face = { sink: () => {}, say: () => {}, error: () => {}, machine: () => {}, diagnostics: () => {} };
  const context: CommandContext = {
    host: fakeHost({ cwd: folderWith(files) }),
    catalog: async () => createCatalog(),
    lookups: { vault: refuse, consul_key: refuse, aws_secretsmanager: refuse, aws_secretsmanager_raw: refuse },
    face,
    secrets: new Secrets(),
    signal: new AbortController().signal,
    readStdin: async () => new Uint8Array(),
    ask: async () => undefined,
    journalDir: "/nowhere",
    startedAt: Date.now(),
  };
  const config = { var: {}, var_file: [], config_type: undefined, only: [], except: [] };
  return [await gatherImageRecipes({ template, config, context, salt: SALT })];
}

function template(image: string, more = ""): string {
  return `variable "unset" {}
data "http" "latest" {
  url = "https://example.com"
}
source "docker" "web" {
  image  = "${image}"
  commit = true
}
build {
  sources = ["source.docker.web"]
  provisioner "shell" {
    inline = ["echo \${var.unset} \${data.http.latest.body} \${timestamp()} \${uuidv4()}"${more}]
  }
}
`;
}

async function changes(before: string, after: string): Promise<readonly string[]> {
  const plan = planImages(await recipes({ "t.pkr.hcl": before }), await recipes({ "t.pkr.hcl": after }));
  return plan.images.map(({ name, change, differences }) =>
    [name, change, ...differences.map(({ what }) => what)].join(" "),
  );
}

describe("command/plan images", () => {
  it("finds an image the same although time, chance, a variable and a data source are in it", async () => {
    assert.deepEqual(await changes(template("debian"), template("debian")), ["docker.web unchanged"]);
  });

  it("names what changes", async () => {
    assert.deepEqual(await changes(template("debian:11"), template("debian:12")), [
      "docker.web changed builder (docker), image",
    ]);
  });

  it("does not call an image unchanged when values that are not known may have changed", async () => {
    const other = template("debian").replace("echo", "rm");
    assert.deepEqual(await changes(template("debian"), other), ["docker.web uncertain"]);
  });

  it("tells what is new and what is gone", async () => {
    const renamed = template("debian").replaceAll("docker.web", "docker.api").replace('"web"', '"api"');
    assert.deepEqual(await changes(template("debian"), renamed), ["docker.api added", "docker.web removed"]);
  });

  it("keeps what could be read beside what could not", async () => {
    const broken = await recipes({ "t.pkr.hcl": "source {\n" });
    const plan = planImages(broken, await recipes({ "t.pkr.hcl": template("debian") }));
    assert.deepEqual(
      plan.images.map(({ change }) => change),
      ["added"],
    );
    assert.ok(plan.mistakes.base.length > 0);
    assert.deepEqual(plan.mistakes.head, []);
  });

  it("asks neither vault nor consul, but notices another path", async () => {
    const json = (path: string): string =>
      JSON.stringify({
        variables: { a: `{{vault \`${path}\` \`key\`}}`, b: "{{consul_key `x`}}" },
        builders: [{ type: "docker", image: "{{user `a`}}{{user `b`}}", commit: true }],
      });
    const plan = planImages(
      await recipes({ "t.json": json("one") }, "t.json"),
      await recipes({ "t.json": json("two") }, "t.json"),
    );
    assert.equal(plan.images[0]?.change, "changed");
    assert.deepEqual(plan.mistakes, { base: [], head: [] });
  });
});

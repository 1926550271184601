// What `npm run generate` writes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { fakeHost } from "../../test/fakes/host.ts";
import { createCatalog } from "../catalog.ts";
import { builtins } from "../gotemplate/builtins.ts";
import { engineFunctionNames } from "../template/engine/functions.ts";
import { hclFunctions } from "../template/functions/registry.ts";
import { generateFiles } from "./generated-files.ts";

const README = "# x\n<!-- generated:inputs -->\nold\n<!-- /generated:inputs -->\nend $1\n";

describe("generate", () => {
  const files = generateFiles(README);

  it("gives the same files every time", () => {
    assert.deepEqual(generateFiles(files.get("README.md")), files);
  });

  it("describes an action that a runner accepts", () => {
    const action = parse(files.get("action.yml") ?? "");
    assert.deepEqual(action.runs, { using: "node24", main: "dist/action.js", post: "dist/post.js" });
    for (const name of [
      "command",
      "template",
      "working-directory",
      "vars",
      "var-files",
      "only",
      "except",
      "on-error",
      "parallel-builds",
      "force",
    ]) {
      assert.ok(action.inputs[name]?.description.length > 10, name);
    }
    for (const name of ["artifacts", "artifact-id", "artifact-ids", "outcome", "failure-class"]) {
      assert.ok(action.outputs[name], name);
    }
  });

  it("gives inputs the defaults that the action goes by", () => {
    const { inputs } = parse(files.get("action.yml") ?? "");
    assert.equal(inputs["github-token"].default, "${{ github.token }}");
    assert.match(inputs.write.description, /Default: `false`\..*\(fmt\)/);
  });

  it("documents every option of every component", () => {
    const catalog = createCatalog();
    for (const [folder, registry] of [
      ["builder", catalog.builders],
      ["provisioner", catalog.provisioners],
      ["post-processor", catalog.postProcessors],
      ["communicator", catalog.communicators],
      ["datasource", catalog.dataSources],
    ] as const) {
      for (const type of registry.types()) {
        for (const name of Object.keys(registry.get(type)?.options ?? {})) {
          assert.ok(
            files.get(`docs/reference/${folder}/${type}.md`)?.includes(`| \`${name}\``),
            `${folder} ${type} ${name}`,
          );
        }
      }
    }
  });

  it("documents every function of templates, with its arguments", () => {
    const page = files.get("docs/reference/functions.md") ?? "";
    const world = { baseDir: "/", startedAt: 0, now: () => 0, lookup: () => "", host: fakeHost() };
    for (const name of [...hclFunctions(world).keys(), "env"]) {
      assert.match(page, new RegExp(`^\\| \`${name}\\(.*\\| [A-Z\`-].*\\. `, "m"), name);
    }
    for (const name of engineFunctionNames) {
      assert.match(page, new RegExp(`^\\| \`\\{\\{ ${name}[ }]`, "m"), name);
    }
    for (const name of builtins.keys()) {
      assert.ok(page.includes(`\n| \`${name}\` |`), name);
    }
    assert.ok(page.includes("| `substr(str: string, offset: number, length: number): string` |"));
    assert.ok(page.includes("| `{{ isotime [string] }}` |"));
  });

  it("fills the README between its marks and leaves the rest alone", () => {
    const readme = files.get("README.md") ?? "";
    assert.match(readme, /^# x\n<!-- generated:inputs -->\n\| Input/);
    assert.ok(readme.endsWith("<!-- /generated:inputs -->\nend $1\n"));
    assert.doesNotMatch(readme, /^old$/m);
  });

  it("makes a schema whose definitions name every component", () => {
    const schema = JSON.parse(files.get("dist/template.schema.json") ?? "");
    assert.deepEqual(schema.definitions.builder.properties.type.examples, createCatalog().builders.types());
  });
});

// Lists that nobody has given yet: `validate -allow-unset-vars` and values of data sources are no reason for an error.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import type { OptionType } from "../../src/sdk/option.ts";
import { folderWith } from "../packer-ts.ts";
import { planOf } from "./plan-view.ts";

const catalog = createCatalog();

/** What a component needs beside the option that is not known. */
const needed: Readonly<Record<string, readonly string[]>> = {
  shell: ['inline = ["x"]'],
  "shell-local": ['inline = ["x"]'],
  powershell: ['inline = ["x"]'],
  "windows-shell": ['inline = ["x"]'],
  file: ['source = "t.pkr.hcl"', 'destination = "/d"'],
  sleep: ['duration = "1s"'],
  artifice: ['files = ["x"]'],
  "docker-import": ['repository = "r"'],
  "docker-tag": ['repository = "r"'],
  "docker-save": ['path = "p"'],
};
/** Options that take the place of what is needed. */
const instead = new Set(["inline", "scripts", "sources", "files", "command"]);

function typeText(type: OptionType): string | undefined {
  if (type.is === "list" || type.is === "set") {
    const inner = typeText(type.of);
    return inner && `${type.is}(${inner})`;
  }
  return ["string", "number", "bool"].includes(type.is) ? type.is : undefined;
}

async function errorsOf(t: TestContext, file: string, text: string): Promise<readonly Diagnostic[]> {
  const cwd = folderWith(t, { [file]: text });
  const wanted = { formOnly: false, settings: { force: true, debug: false, onError: "cleanup" as const } };
  const { diagnostics } = await planOf({ path: file, cwd, allowUnsetVars: true, wanted });
  return diagnostics.filter(({ severity }) => severity === "error");
}

function template(word: string, type: string, body: readonly string[], declaration: string): string {
  return `${declaration}\nsource "docker" "a" {\n  image = "alpine:3"\n  discard = true\n}\nbuild {\n  sources = ["docker.a"]\n  ${word} "${type}" {\n    ${body.join("\n    ")}\n  }\n}\n`;
}

describe("template/unknown lists", () => {
  for (const [word, registry] of [
    ["provisioner", catalog.provisioners],
    ["post-processor", catalog.postProcessors],
  ] as const) {
    for (const type of registry.types()) {
      it(`${word} ${type} takes lists that are not known yet`, async (t) => {
        const component = await registry.get(type);
        for (const [name, option] of Object.entries(component?.options ?? {})) {
          const text = typeText(option.type);
          if (text === undefined || !/^(list|set)/.test(text)) {
            continue;
          }
          const base = instead.has(name)
            ? (needed[type] ?? []).filter((line) => !/^(inline|source|files) /.test(line))
            : (needed[type] ?? []).filter((line) => !line.startsWith(`${name} `));
          const declaration = `variable "u" {\n  type = ${text}\n}\nvariable "one" {\n  type = string\n}`;
          const lists = [`${name} = var.u`, `${name} = [for each in var.u : each]`];
          const ofOne = text === "list(string)" ? [`${name} = [var.one]`, `${name} = concat(var.u, [var.one])`] : [];
          for (const line of [...lists, ...ofOne]) {
            const errors = await errorsOf(t, "t.pkr.hcl", template(word, type, [...base, line], declaration));
            assert.deepEqual(
              errors.map(({ summary }) => summary),
              [],
              `${type}: ${line}`,
            );
          }
        }
      });
    }
  }

  it("takes unknown names in only and except, which may be any", async (t) => {
    const declaration = 'variable "one" {\n  type = string\n}';
    for (const word of ["only", "except"]) {
      const body = ['inline = ["x"]', `${word} = [var.one]`];
      assert.deepEqual(await errorsOf(t, "t.pkr.hcl", template("provisioner", "shell", body, declaration)), []);
    }
  });

  it("still checks the elements that are known", async (t) => {
    const declaration = 'variable "one" {\n  type = string\n}';
    const body = ['checksum_types = [var.one, "md6"]'];
    const errors = await errorsOf(t, "t.pkr.hcl", template("post-processor", "checksum", body, declaration));
    assert.deepEqual(
      errors.map(({ summary }) => summary),
      ['"checksum_types" is "md6", which is not allowed'],
    );
  });

  it("JSON: takes a list from a variable that nobody has set", async (t) => {
    for (const option of ["inline", "scripts", "script"]) {
      const text = JSON.stringify({
        variables: { u: null },
        builders: [{ type: "docker", image: "alpine:3", discard: true }],
        provisioners: [{ type: "shell", [option]: "{{user `u`}}" }],
      });
      assert.deepEqual(await errorsOf(t, "t.json", text), []);
    }
  });
});

// What is said of names that are not there: what is allowed elsewhere, what another tool has, which file beside it has it.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import { folderWith } from "../packer-ts.ts";
import { type Loading, planOf } from "./plan-view.ts";

const SOURCE = 'source "null" "a" {\n  communicator = "none"\n}\n';
const build = (inline: string): string =>
  `build {\n  sources = ["null.a"]\n  provisioner "shell-local" {\n    inline = [${inline}]\n  }\n}\n`;

async function found(
  test: TestContext,
  files: Readonly<Record<string, string>>,
  more: Partial<Loading> = {},
): Promise<readonly Diagnostic[]> {
  const cwd = folderWith(test, files);
  const { diagnostics } = await planOf({ path: "t.pkr.hcl", cwd, ...more });
  return diagnostics;
}

interface Case {
  readonly said: string;
  readonly text: string;
  readonly code: string;
  readonly detail: string;
  readonly hint?: RegExp | undefined;
}

/** Each inside a text of a provisioner. */
const references: readonly Case[] = [
  {
    said: "a variable that nobody declared",
    text: "$" + "{var.zone}",
    code: "hcl/unsupported-attribute",
    detail: 'There is no variable named "zone".',
    hint: /^declare it: variable "zone" \{\}$/,
  },
  {
    said: "a misspelt variable",
    text: "$" + "{var.regoin}",
    code: "hcl/unsupported-attribute",
    detail: 'There is no variable named "regoin".',
    hint: /^did you mean "region"\?$/,
  },
  {
    said: "a local that nobody defined",
    text: "$" + "{local.mark}",
    code: "hcl/unsupported-attribute",
    detail: 'There is no local named "mark".',
    hint: /^define it: locals \{ mark = … \}$/,
  },
  {
    said: "a data source of a type that is not there",
    text: "$" + "{data.http.page.body}",
    code: "hcl/unsupported-attribute",
    detail: 'There is no data source of the type "http".',
  },
  {
    said: "the beginning of a name",
    text: "$" + "{packer.vers}",
    code: "hcl/unsupported-attribute",
    detail: '"packer" has nothing named "vers".',
    hint: /^did you mean "version"\?$/,
  },
  {
    said: "a value that no build has",
    text: "$" + "{build.nmae}",
    code: "hcl/unsupported-attribute",
    detail: '"build" has nothing named "nmae".',
    hint: /^did you mean "name"\?$/,
  },
  ...["self", "each", "count", "module", "terraform"].map((word) => ({
    said: `a word of Terraform: ${word}`,
    text: `$${"{"}${word}.value}`,
    code: "hcl/unknown-variable",
    detail: `There is no variable named "${word}".`,
    hint: /Packer|dynamic/,
  })),
  {
    said: "a variable without var",
    text: "$" + "{region}",
    code: "hcl/unknown-variable",
    detail: 'There is no variable named "region".',
    hint: /^write var\.region$/,
  },
  {
    said: "a function that is not called",
    text: "$" + "{timestamp}",
    code: "hcl/unknown-variable",
    detail: 'There is no variable named "timestamp".',
    hint: /^write timestamp\(\) to call the function$/,
  },
  {
    said: "a word that is like nothing",
    text: "$" + "{zzzzzzzz.q}",
    code: "hcl/unknown-variable",
    detail: 'There is no variable named "zzzzzzzz".',
    hint: /^known here: .*\bvar\b/,
  },
  {
    said: "env outside of a default",
    text: "$" + '{env("HOME")}',
    code: "hcl/functions-not-allowed",
    detail: '"env" can be called only in the default of a variable.',
    hint: /default env\("NAME"\)/,
  },
  ...(["tostring", "tolist", "toset", "tomap", "tonumber", "tobool"] as const).map((name) => ({
    said: `a function of Terraform: ${name}`,
    text: `$${"{"}${name}(1)}`,
    code: "hcl/unknown-function",
    detail: `There is no function named "${name}".`,
    hint: /^write convert\(VALUE, /,
  })),
  {
    said: "a misspelt function",
    text: "$" + '{uper("x")}',
    code: "hcl/unknown-function",
    detail: 'There is no function named "uper".',
    hint: /^did you mean "upper"\?$/,
  },
];

describe("template/explanations", () => {
  for (const { said, text, code, detail, hint } of references) {
    it(`explains ${said}`, async (t) => {
      const all = await found(t, {
        "t.pkr.hcl": `variable "region" {\n  default = "eu"\n}\n${SOURCE}${build(`"x ${text}"`)}`,
      });
      assert.equal(all.length, 1, JSON.stringify(all));
      assert.deepEqual([all[0]?.code, all[0]?.detail], [code, detail]);
      assert.match(all[0]?.hint ?? "", hint ?? /^$/);
      assert.equal(all[0]?.subject?.start.line, 10);
    });
  }

  it("suggests quotes only for a word that stands alone", async (t) => {
    const [word] = await found(t, { "t.pkr.hcl": `${SOURCE}${build("zzzzzzzz")}` });
    assert.match(word?.hint ?? "", /put it in quotes: "zzzzzzzz"/);
  });

  it("knows keys that are like the one in brackets, as it knows those after a dot", async (t) => {
    const all = await found(t, {
      "t.pkr.hcl": `locals {\n  o = { region = 1 }\n  a = local.o["regoin"]\n  b = local.o.regoin\n}\n${SOURCE}${build('"x"')}`,
    });
    assert.deepEqual(
      all.map(({ hint }) => hint),
      ['did you mean "region"?', 'did you mean "region"?'],
    );
  });

  const defaults: readonly (readonly [text: string, code: string, detail: string])[] = [
    ['upper("x")', "hcl/functions-not-allowed", '"upper" cannot be called in the default of a variable; only env can.'],
    [
      "timestamp()",
      "hcl/functions-not-allowed",
      '"timestamp" cannot be called in the default of a variable; only env can.',
    ],
    ["uper(1)", "hcl/unknown-function", 'There is no function named "uper".'],
    ["local.x", "hcl/variables-not-allowed", "Variables may not be used here."],
    [`"a-$${"{"}var.x}"`, "hcl/variables-not-allowed", "Variables may not be used here."],
  ];
  for (const [text, code, detail] of defaults) {
    it(`tells what a default may hold: ${text}`, async (t) => {
      const all = await found(t, { "t.pkr.hcl": `variable "v" {\n  default = ${text}\n}\n${SOURCE}${build('"x"')}` });
      assert.equal(all.length, 1, JSON.stringify(all));
      assert.deepEqual([all[0]?.code, all[0]?.detail], [code, detail]);
      if (code !== "hcl/unknown-function") {
        assert.match(all[0]?.hint ?? "", /into a local, as in locals \{/);
      }
    });
  }

  it("suggests quotes for a bare word in a file of variables", async (t) => {
    const files = { "t.pkr.hcl": `variable "v" {}\n${SOURCE}${build('"x"')}`, "v.pkrvars.hcl": "v = web\n" };
    const [word] = await found(t, files, { varFiles: ["v.pkrvars.hcl"] });
    assert.deepEqual([word?.code, word?.hint], ["hcl/variables-not-allowed", 'put text in double quotes: "web"']);
  });

  it("tells where source and build are known", async (t) => {
    const all = await found(t, {
      "t.pkr.hcl": `locals {\n  a = source.name\n  b = build.ID\n}\n${SOURCE}${build('"x"')}`,
    });
    assert.deepEqual(
      all.map(({ detail }) => detail),
      ['"source" is known only inside of a build block.', '"build" is known only inside of a build block.'],
    );
  });
});

describe("template/neighbours", () => {
  const beside = {
    "variables.pkr.hcl": 'variable "zone" {\n  default = "z"\n}\nlocals {\n  mark = "m"\n}\n',
    "sources.pkr.hcl": SOURCE,
    "build.pkr.hcl": build('"x"'),
  };
  const missing: readonly (readonly [what: string, template: string, file: string])[] = [
    ["a variable", `${SOURCE}${build('"$' + '{var.zone}"')}`, "variables.pkr.hcl"],
    ["a local", `${SOURCE}${build('"$' + '{local.mark}"')}`, "variables.pkr.hcl"],
    ["a source", build('"x"'), "sources.pkr.hcl"],
    ["a build", SOURCE, "build.pkr.hcl"],
  ];
  for (const [what, template, file] of missing) {
    it(`is named when one file is given alone and lacks ${what}`, async (t) => {
      const all = await found(t, { "in/t.pkr.hcl": template, ...inFolder(beside) }, { path: "in/t.pkr.hcl" });
      assert.equal(all.length, 1, JSON.stringify(all));
      const hint = all[0]?.hint ?? "";
      assert.ok(hint.startsWith(`${file} in the same folder `) && hint.includes("give the folder, in,"), hint);
    });
  }

  it("is named for a flag too, and not for what no file has", async (t) => {
    const files = { "t.pkr.hcl": `${SOURCE}${build('"x"')}`, "variables.pkr.hcl": beside["variables.pkr.hcl"] };
    const [flag] = await found(t, files, { vars: [["zone", "x"]] });
    assert.match(flag?.hint ?? "", /^variables\.pkr\.hcl in the same folder declares it/);
    const [none] = await found(t, files, { vars: [["nothing", "x"]] });
    assert.match(none?.hint ?? "", /^To declare the variable/);
  });
});

function inFolder(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`in/${name}`, text]));
}

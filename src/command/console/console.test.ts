// What a user of the console sees.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../catalog.ts";
import { Secrets } from "../../core/secrets.ts";
import { nodeHost } from "../../host/node.ts";
import { createLookups } from "../../lookups.ts";
import { console } from "./console.ts";

interface Session {
  readonly said: readonly string[];
  readonly codes: readonly string[];
  readonly exitCode: number;
}

interface Call {
  readonly template?: string;
  readonly language?: "json" | "hcl2";
  /** What comes through a pipe. */
  readonly piped?: string;
  /** What somebody types. */
  readonly typed?: readonly string[];
  readonly vars?: Readonly<Record<string, string>>;
}

async function session({ template = "", language, piped = "", typed, vars = {} }: Call): Promise<Session> {
  const said: string[] = [];
  const codes: string[] = [];
  const lines = [...(typed ?? [])];
  const signal = new AbortController().signal;
  const { exitCode } = await console.run({ var: vars, var_file: [], config_type: language }, template, {
    host: nodeHost(),
    catalog: async () => createCatalog(),
    lookups: createLookups(nodeHost(), signal),
    face: {
      sink: () => {},
      say: (text) => void said.push(text),
      error: (text) => void said.push(text),
      machine: () => {},
      diagnostics: (list) =>
        void codes.push(...list.map(({ code, subject }) => `${code} ${subject?.filename}:${subject?.start.column}`)),
    },
    secrets: new Secrets(),
    signal,
    readStdin: async () => Buffer.from(piped),
    ask: async () => lines.shift(),
    journalDir: tmpdir(),
    startedAt: Date.UTC(2021, 0, 2),
  });
  return { said, codes, exitCode };
}

function file(t: TestContext, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-console-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const configuration = `
variable "region" { default = "eu" }
variable "zones" { default = ["a", "b"] }
variable "unset" { type = string }
variable "password" {
  default   = "hush"
  sensitive = true
}
locals { where = "\${var.region}-\${var.zones[0]}" }
`;

describe("command/console", () => {
  it("shows the value of the last line of a pipe", async () => {
    assert.deepEqual(await session({ language: "hcl2", piped: "1 + 1\n2 + 2\n" }), {
      said: ["4"],
      codes: [],
      exitCode: 0,
    });
  });

  it("shows every mistake as it comes, and fails", async () => {
    const mistaken = await session({ language: "hcl2", piped: "nope\n1 + 1\n" });
    assert.deepEqual(mistaken, { said: ["2"], codes: ["hcl/unknown-variable <console-input>:1"], exitCode: 1 });
    const last = await session({ language: "hcl2", piped: "1 + 1\n[1, upper(2, 3)]\n" });
    assert.deepEqual(last, { said: [], codes: ["hcl/too-many-arguments <console-input>:14"], exitCode: 1 });
  });

  it("knows the variables and locals of a configuration, and those given to it", async (t) => {
    const template = file(t, "a.pkr.hcl", configuration);
    assert.deepEqual((await session({ template, piped: "upper(local.where)" })).said, ["EU-A"]);
    assert.deepEqual((await session({ template, piped: "local.where", vars: { region: "us" } })).said, ["us-a"]);
    assert.deepEqual((await session({ template, piped: "var.unset" })).said, ["<unknown>"]);
    assert.deepEqual((await session({ template, piped: "build.ID" })).said, ["<unknown>"]);
    assert.deepEqual((await session({ template, piped: '["${var.password}!", 1]' })).said, [
      '[\n  "<sensitive>",\n  1,\n]',
    ]);
  });

  it("lists all variables of a configuration", async (t) => {
    const template = file(t, "a.pkr.hcl", configuration);
    const { said } = await session({ template, piped: "variables" });
    assert.equal(
      said[0],
      '> input-variables:\n\nvar.password: "<sensitive>"\nvar.region: "eu"\nvar.unset: "<unknown>"\nvar.zones: "[\\n  \\"a\\",\\n  \\"b\\",\\n]"\n\n> local-variables:\n\nlocal.where: "eu-a"\n',
    );
  });

  it("reads YAML, which templates seldom ask for", async (t) => {
    const template = file(t, "a.pkr.hcl", configuration);
    assert.deepEqual((await session({ template, piped: 'yamldecode("a: ${var.region}").a' })).said, ["eu"]);
    assert.deepEqual((await session({ language: "hcl2", piped: 'yamldecode("a: yes").a' })).said, ["true"]);
  });

  it("renders the language of JSON templates when nothing else is said", async (t) => {
    assert.deepEqual((await session({ piped: "{{upper `x`}}-{{timestamp}}" })).said, ["X-1609545600"]);
    const template = file(t, "a.json", '{"variables": {"name": "you"}, "builders": [{"type": "null"}]}');
    assert.deepEqual((await session({ template, piped: "Hello {{user `name`}}" })).said, ["Hello you"]);
    assert.deepEqual((await session({ template, piped: "variables" })).said, ["\nname: you,\n"]);
    const mistaken = await session({ template, piped: "a {{nope}}" });
    assert.deepEqual(mistaken, { said: [], codes: ["gotemplate/unknown-function <console-input>:5"], exitCode: 1 });
  });

  it("answers at a terminal until it is told to exit", async () => {
    const answered = await session({ language: "hcl2", typed: ["1 + 1", "", "nope", 'upper("a")', "exit", "3"] });
    assert.deepEqual(answered, { said: ["2", "A"], codes: ["hcl/unknown-variable <console-input>:1"], exitCode: 0 });
  });

  it("explains itself in the words of its language", async () => {
    assert.match((await session({ piped: "help" })).said[0] ?? "", /^Packer console JSON Mode\./);
    assert.match((await session({ language: "hcl2", piped: "help" })).said[0] ?? "", /^Packer console HCL2 Mode\./);
  });

  it("refuses a template that cannot be read", async () => {
    const refused = await session({ template: "no/such/file.pkr.hcl", piped: "1" });
    assert.deepEqual([refused.said, refused.exitCode], [[], 1]);
    assert.match(refused.codes[0] ?? "", /^template\//);
  });
});

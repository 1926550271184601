// Messages about small things: what cannot be seen is named, and numbers, counts and places are said as people do.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { packerTs } from "../packer-ts.ts";

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-words-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** What `validate` says of a template that is wrong. */
async function said(t: TestContext, files: Readonly<Record<string, string>>, at = "t.pkr.hcl"): Promise<string> {
  const { code, stdout } = await packerTs(["validate", at], { cwd: folderWith(t, files) });
  assert.equal(code, 1, stdout);
  return stdout;
}

const local = (value: string): Record<string, string> => ({ "t.pkr.hcl": `locals {\n  a = ${value}\n}\n` });

describe("e2e/plain words", () => {
  const invisible: readonly [text: string, number: string][] = [
    ["\u00a0", "U+00A0"],
    ["\u2060", "U+2060"],
    ["\f", "U+000C"],
    ["\u0007", "U+0007"],
  ];
  for (const [text, number] of invisible) {
    it(`names the character ${number} that cannot be seen, and sends no terminal anything to obey`, async (t) => {
      const output = await said(t, local(`${text}"x"`));
      assert.ok(output.includes(`The character ${number} has no meaning here.`), output);
      assert.doesNotMatch(output.replaceAll("\n", ""), /[\u0000-\u001f]/);
    });
  }

  it("shows a source line with an escape in it without obeying that", async (t) => {
    const output = await said(t, local('"\u001b[31mred" 5'));
    assert.match(output, /\u241b\[31mred/);
    assert.ok(!output.includes("\u001b"));
  });

  it("counts arguments, keys and fields as people do", async (t) => {
    assert.match(await said(t, local("timestamp(1)")), /Function "timestamp" takes no arguments\./);
    assert.match(await said(t, local('zipmap(["k"], ["v", "w"])')), /1 key and 2 values/);
    assert.match(
      await said(t, local('csvdecode("k,l\\n1")')),
      /line 2 has 1 field, and the first line names 2 columns/,
    );
  });

  it("says where the first one of two definitions is, also in another file", async (t) => {
    const files = { "a.pkr.hcl": '\nvariable "v" {}\n', "b.pkr.hcl": 'variable "v" {}\n' };
    assert.match(await said(t, files, "."), /The first one is at a\.pkr\.hcl:2,10\./);
    const locals = { "a.pkr.hcl": "locals {\n  l = 1\n}\n", "b.pkr.hcl": "locals {\n  l = 2\n}\n" };
    assert.match(await said(t, locals, "."), /The first one is at a\.pkr\.hcl:2,3\./);
  });

  it("says how a truth value is written", async (t) => {
    const output = await said(t, { "t.pkr.hcl": 'variable "v" {\n  sensitive = "yes"\n}\n' });
    assert.match(output, /Hint: Write sensitive = true or sensitive = false, without quotes\./);
  });

  it("has no full stops inside of a sentence about a template's file", async (t) => {
    const output = await said(t, { ...local('templatefile("f.tpl", {})'), "f.tpl": "x ${ name\n" });
    assert.match(output, /f\.tpl:1,3: Unclosed interpolation: [^.]*\.$/m);
  });

  it("names what follows where a comma is missing", async (t) => {
    const output = await said(t, { "t.json": '{"description": "a" "builders": []}' }, "t.json");
    assert.match(output, /Another text follows without a comma between/);
  });

  it("writes numbers into texts without an exponent, as Packer does", async (t) => {
    const numbers = {
      "1E-7": "0.0000001",
      "1e21": "1000000000000000000000",
      "-0": "-0",
      "2.50e22": "25000000000000000000000",
    };
    const builders = Object.keys(numbers).map(
      (number, i) => `{"type": "file", "name": "f${i}", "target": "f${i}", "content": ${number}}`,
    );
    const cwd = folderWith(t, { "t.json": `{"builders": [${builders.join(",")}]}` });
    const { code, stdout } = await packerTs(["build", "t.json"], { cwd });
    assert.equal(code, 0, stdout);
    assert.deepEqual(
      builders.map((_, i) => readFileSync(join(cwd, `f${i}`), "utf8")),
      Object.values(numbers),
    );
  });

  it("formats a byte order mark away, and says that a file with one is not formatted", async (t) => {
    const cwd = folderWith(t, { "t.pkr.hcl": '\ufeffvariable "v" {\n}\n' });
    assert.equal((await packerTs(["fmt", "-check", "t.pkr.hcl"], { cwd })).code, 3);
    assert.equal((await packerTs(["fmt", "t.pkr.hcl"], { cwd })).code, 0);
    assert.equal(readFileSync(join(cwd, "t.pkr.hcl"), "utf8"), 'variable "v" {\n}\n');
    assert.equal((await packerTs(["fmt", "-check", "t.pkr.hcl"], { cwd })).code, 0);
  });
});

// The action in a run for a pull request: what it asks GitHub, and what the author sees.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type GitHubServer, githubServer } from "../servers/github.ts";
import { type FakeRunner, fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Language, placeOf, type Template, writeTemplate } from "./three-languages.ts";

/** Variables of a run for pull request 7. */
function pullRequestEnv(runner: FakeRunner, server: GitHubServer, head = "octo/images"): Record<string, string> {
  const path = join(runner.temp, "event.json");
  const repo = { full_name: "octo/images" };
  const pull_request = {
    number: 7,
    base: { sha: "a".repeat(40), repo },
    head: { sha: "b".repeat(40), repo: { full_name: head } },
  };
  writeFileSync(path, JSON.stringify({ action: "synchronize", number: 7, pull_request }));
  return {
    ...server.env,
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: path,
    "INPUT_GITHUB-TOKEN": "token-of-the-job",
  };
}

/** Twelve mistakes, each on a line of its own. */
const WRONG = Array.from({ length: 12 }, (_, i) => `wrong_${String.fromCharCode(97 + i)}`);
const twelveMistakes: Template = {
  builders: [{ type: "null", communicator: "none", ...Object.fromEntries(WRONG.map((name) => [name, 1])) }],
};

/** The lines of some of the mistakes. */
function linesOf(language: Language, ...names: readonly string[]): number[] {
  return names.map((name) => placeOf(language.print(twelveMistakes), language.option(name)).line);
}

function annotatedLines(stdout: string): number[] {
  return [...stdout.matchAll(/^::error .*?,line=(\d+),/gm)].map(([, line]) => Number(line));
}

for (const language of LANGUAGES) {
  describe(`action in a pull request with ${language.name}`, () => {
    it("annotates the lines that were changed before all others", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, twelveMistakes, "images/t");
      // Of the last three, the last two are changed.
      const [third = 0, ...changed] = linesOf(language, ...WRONG.slice(-3));
      const patch = `@@ -${third},3 +${third},3 @@\n x\n-y\n-z\n+y2\n+z2`;
      const server = await githubServer(t, { files: [{ filename: template, patch }] });
      const env = pullRequestEnv(runner, server);
      const { code, stdout, outputs } = await runner.run({ command: "validate", template }, env);
      assert.equal(code, 1);
      assert.equal(outputs["outcome"], "invalid");
      assert.deepEqual(annotatedLines(stdout), [...linesOf(language, ...WRONG.slice(0, 8)), ...changed]);
      assert.match(stdout, new RegExp(`^Error: .*\\n.*line ${third},`, "m"));
      assert.equal(server.asked.length, 1);
      assert.equal(stdout.replaceAll("::add-mask::token-of-the-job", "").includes("token-of-the-job"), false);
    });

    it("keeps the order and says why when the token may not read the pull request", async (t) => {
      const runner = fakeRunner(t);
      const server = await githubServer(t, { may: [] });
      const template = writeTemplate(runner, language, twelveMistakes, "images/t");
      const { stdout } = await runner.run({ command: "validate", template }, pullRequestEnv(runner, server));
      assert.deepEqual(annotatedLines(stdout), linesOf(language, ...WRONG.slice(0, 10)));
      assert.match(stdout, /^::notice title=Annotations do not begin[^:]*::.*"pull-requests: read"/m);
    });

    it("asks GitHub nothing when all mistakes find room", async (t) => {
      const runner = fakeRunner(t);
      const server = await githubServer(t);
      const template = writeTemplate(runner, language, {
        builders: [{ type: "null", communicator: "none", wrong: 1 }],
      });
      const { stdout } = await runner.run({ command: "validate", template }, pullRequestEnv(runner, server));
      assert.equal(annotatedLines(stdout).length, 1);
      assert.deepEqual(server.asked, []);
    });
  });
}

describe("action fmt", () => {
  const crooked = 'source "null" "a" {\n  communicator = "none"\n}\n\nbuild {\n  name="x"\n  sources = ["null.a"]\n}\n';

  it("annotates every file that is not in canonical format, shows the differences and writes nothing", async (t) => {
    const runner = fakeRunner(t);
    runner.file("images/deep/a.pkr.hcl", crooked);
    runner.file("images/b.pkrvars.hcl", "a=1\n");
    runner.file("images/fine.pkr.hcl", "a = 1\n");
    const { code, stdout, outputs, summary } = await runner.run({ command: "fmt", "working-directory": "images" });
    assert.equal(code, 1, stdout);
    assert.equal(outputs["outcome"], "invalid");
    assert.match(stdout, /^::error title=[^:]*deep\/a\.pkr\.hcl[^:]*,file=images\/deep\/a\.pkr\.hcl,line=6,/m);
    assert.match(stdout, /^::error .*\[action\/not-formatted\],file=images\/b\.pkrvars\.hcl,line=1,/m);
    assert.doesNotMatch(stdout, /::error .*fine/);
    assert.match(summary, /not in canonical format: 2/);
    assert.match(summary, /```diff\n[^`]*- {2}name="x"\n[^`]*\+ {2}name {4}= "x"\n/);
    assert.equal(readFileSync(join(runner.workspace, "images/deep/a.pkr.hcl"), "utf8"), crooked);
  });

  it("writes the files when it is asked to", async (t) => {
    const runner = fakeRunner(t);
    runner.file("a.pkr.hcl", crooked);
    const { code, stdout, outputs, summary } = await runner.run({ command: "fmt", template: "**", write: "true" });
    assert.equal(code, 0, stdout);
    assert.equal(outputs["outcome"], "valid");
    assert.match(summary, /that were formatted: 1/);
    assert.match(readFileSync(join(runner.workspace, "a.pkr.hcl"), "utf8"), /name {4}= "x"/);
    const again = await runner.run({ command: "fmt", template: "a.pkr.hcl" });
    assert.equal(again.code, 0, again.stdout);
    assert.doesNotMatch(again.summary, /canonical/);
  });

  it("says where a file is no HCL2", async (t) => {
    const runner = fakeRunner(t);
    runner.file("a.pkr.hcl", "a = {\n");
    runner.file("t.json", {});
    const { code, stdout } = await runner.run({ command: "fmt" });
    assert.equal(code, 1);
    assert.match(stdout, /^::error .*file=a\.pkr\.hcl,line=\d/m);
    const named = await runner.run({ command: "fmt", template: "t.json" });
    assert.match(named.stdout, /t\.json is not an HCL2 file/);
  });
});

// The page of a run: what was last said where it failed, and links to what people want to open next.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { artifactService } from "../servers/artifact-service.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, placeOf, type Template, writeTemplate } from "./three-languages.ts";

const RUN = { GITHUB_REPOSITORY: "acme/images", GITHUB_SHA: "0123abcd", GITHUB_SERVER_URL: "https://git.example" };
const BLOB = "https://git.example/acme/images/blob/0123abcd";

for (const language of LANGUAGES) {
  describe(`the summary of the action with ${language.name}`, () => {
    it("has the last lines of the step that failed, with no secret and none of what came after it", async (t) => {
      const runner = fakeRunner(t);
      const template: Template = {
        variables: { s: null },
        "sensitive-variables": ["s"],
        builders: ["bad", "good"].map((name) => ({ type: "file", name, target: `${name}.txt`, content: "x" })),
        provisioners: [
          { type: "shell-local", inline: ["echo an earlier step"] },
          {
            type: "shell-local",
            only: ["bad"],
            environment_vars: ["S={{user `s`}}"],
            inline: [
              'for i in $(seq 1 30); do echo "line <$i>"; done; printf \'\\033[31mred %s\\033[0m\\n\' "$S"; exit 4',
            ],
          },
        ],
        "error-cleanup-provisioner": { type: "shell-local", inline: ["echo cleaning up now"] },
      };
      const file = writeTemplate(runner, language, template);
      const { summary, stdout } = await runner.run({ template: file, "secret-vars": "s: hush-hush-hush" });
      const [, shown = ""] = /Last lines of [^\n]*\n\n<pre>([\s\S]*?)<\/pre>/.exec(summary) ?? [];
      assert.match(shown, /line &lt;30&gt;\nred &lt;sensitive&gt;/, summary);
      assert.doesNotMatch(shown, /an earlier step|cleaning up now|\u001b|line &lt;2&gt;/);
      assert.match(summary, new RegExp(`Last lines of <code>${language.build("bad")}</code>, which failed in `));
      assert.equal(summary.match(/Last lines of/g)?.length, 1);
      assert.ok(!summary.includes("hush-hush"));
      assert.match(stdout, /cleaning up now/);
    });

    it("leads to the line of a mistake at the commit of the run, whatever the file is called", async (t) => {
      const runner = fakeRunner(t);
      const wrong: Template = { builders: [{ type: "file", target: "x", contnet: "y" }] };
      writeTemplate(runner, language, wrong, "images/a (b) #1");
      const name = language.file("a (b) #1");
      const inputs = { command: "validate", template: name, "working-directory": "images" };
      const { summary } = await runner.run(inputs, RUN);
      const url = `${BLOB}/images/${encodeURIComponent(name).replace("(", "%28").replace(")", "%29")}`;
      const { line } = placeOf(language.print(wrong), language.option("contnet"));
      assert.ok(summary.includes(`</code>](${url}#L${line})`), summary);
      assert.ok(summary.includes(`</code>](${url})`), "the heading leads to the template");
      const { summary: without } = await runner.run(inputs);
      assert.doesNotMatch(without, /\]\(/);
    });

    it("shows what a template holds when it is inspected, and no value of a sensitive variable", async (t) => {
      const runner = fakeRunner(t);
      const template: Template = {
        variables: { size: "small", word: "s3cret-word" },
        "sensitive-variables": ["word"],
        builders: [{ type: "file", name: "web", target: "x", content: "{{user `size`}}" }],
        provisioners: [{ type: "shell-local", inline: ["true"] }],
      };
      const { summary } = await runner.run({
        command: "inspect",
        template: writeTemplate(runner, language, template),
      });
      assert.match(summary, new RegExp(`<code>${language.build("web")}</code> \\| shell-local`));
      assert.match(summary, /<code>(?:var\.)?size<\/code> \| .*small/);
      assert.match(summary, /<code>(?:var\.)?word<\/code> \| .*sensitive/);
      assert.ok(!summary.includes("s3cret-word"));
    });
  });
}

for (const language of LANGUAGES) {
  describe(`the summary of uploads and of other jobs with ${language.name}`, () => {
    it("leads to what was uploaded, and to the log of a step that failed", async (t) => {
      const service = await artifactService(t);
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, {
        builders: ["bad", "good"].map((name) => ({ type: "file", name, target: `${name}.txt`, content: "x" })),
        provisioners: [{ type: "shell-local", only: ["bad"], inline: ["exit 1"] }],
      });
      const inputs = { template: file, "upload-artifacts": "true", "upload-log": "failure" };
      const { summary } = await runner.run(inputs, service.env);
      const page = "https:\\/\\/github\\.com\\/acme\\/images\\/actions\\/runs\\/77\\/artifacts";
      assert.match(
        summary,
        new RegExp(
          `\\| \\[<code>packer-${language.build("good")}</code>\\]\\(${page}/1\\) \\| <code>${language.build("good")}</code> \\|`,
        ),
      );
      assert.match(summary, new RegExp(`\\| \\[Debug log\\]\\(${page}/2\\) \\|`));
    });

    it("has the last lines also where the results of other jobs are collected", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, {
        builders: [{ type: "file", name: "bad", target: "bad.txt", content: "x" }],
        provisioners: [{ type: "shell-local", inline: ["echo the reason; exit 1"] }],
      });
      await runner.run({ template: file, "result-path": "results/" });
      const { summary } = await runner.run({ command: "collect", results: "results" });
      assert.match(summary, new RegExp(`Last lines of <code>${language.build("bad")}</code>[^]*the reason`));
    });
  });
}

// Templates of strangers: what they cannot read, whom they cannot ask, and when they are not looked at.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { httpServer } from "../servers/http.ts";
import { type FakeRunner, fakeRunner, type StepResult } from "./action-runner.ts";
import { LANGUAGES, writeTemplate } from "./three-languages.ts";

const TOKENS = {
  ACTIONS_RUNTIME_TOKEN: "runtime-7f3a9c",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "identity-5b21e0",
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://identity-99d1.example/",
  ACTIONS_RESULTS_URL: "https://results-41c7.example/",
  ACTIONS_CACHE_URL: "https://cache-e8d2.example/",
  "INPUT_GITHUB-TOKEN": "github-0c44d7",
};
const READERS = ["validate", "inspect", "plan"] as const;

/** A template that only builds if a script, which it does not hold itself, may be looked at. */
function withScript(language: Language, script: string): string {
  if (language === "hcl") {
    return `source "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n  provisioner "shell-local" {\n    script = ${JSON.stringify(script)}\n  }\n}\n`;
  }
  // JSON is YAML, too.
  return JSON.stringify({
    builders: [{ type: "null", communicator: "none" }],
    provisioners: [{ type: "shell-local", script }],
  });
}

type Language = "hcl" | "json" | "yaml";
const NAMES: Readonly<Record<Language, string>> = { hcl: "t.pkr.hcl", json: "t.json", yaml: "t.yaml" };

function hcl(expression: string): string {
  return `locals {\n  x = ${expression}\n}\nsource "file" "x" {\n  content = "\${local.x}"\n  target = "out.txt"\n}\nbuild {\n  sources = ["file.x"]\n}\n`;
}

function showsNone(result: StepResult, secrets: readonly string[]): void {
  const shown = [
    result.stdout.replace(/^::add-mask::.*$/gm, ""),
    result.stderr,
    result.summary,
    JSON.stringify(result.outputs),
  ].join("\n");
  for (const secret of secrets) {
    const backwards = [...secret].reverse().join("");
    for (const text of [secret, backwards]) {
      assert.ok(!shown.includes(text), `${text} is in\n${shown}`);
    }
  }
}

describe("the files that a template reads in the action", () => {
  for (const path of [
    "/proc/self/environ",
    "//proc/self/environ",
    "/./proc/1/../self/environ",
    "/dev/stdin",
    "/dev/zero",
    "/dev/fd/0",
  ]) {
    it(`are not ${path}, by any way of building it`, async (t) => {
      const runner = fakeRunner(t);
      runner.file("t.pkr.hcl", hcl(`parseint(strrev(file("${path}")), 10)`));
      for (const command of ["validate", "plan", "build"]) {
        const result = await runner.run({ command, template: "t.pkr.hcl", "allow-files-outside": "true" }, TOKENS);
        assert.match(result.stdout, /^::error .*line=2/m, "at the call");
        assert.match(result.stdout, /may not be read: it belongs to the system/);
        showsNone(result, Object.values(TOKENS));
      }
    });
  }

  it("are not those of the system by way of links in the checkout", async (t) => {
    const runner = fakeRunner(t);
    symlinkSync("/proc", join(runner.workspace, "folder"));
    symlinkSync("folder/self/environ", join(runner.workspace, "file.txt"));
    symlinkSync("/proc/self/cwd/t.pkr.hcl", join(runner.workspace, "round.txt"));
    symlinkSync("folder/self/environ", join(runner.workspace, "v.json"));
    for (const expression of [
      'file("file.txt")',
      'filebase64("folder/self/environ")',
      'fileexists("folder/1/environ")',
      'fileset("folder/self", "env*")',
      'templatefile("file.txt", {})',
      'file("round.txt")',
    ]) {
      runner.file("t.pkr.hcl", hcl(expression));
      const result = await runner.run(
        { command: "validate", template: "t.pkr.hcl", "allow-files-outside": "true" },
        TOKENS,
      );
      assert.match(result.stdout, /may not be read: it belongs to the system/, expression);
      showsNone(result, Object.values(TOKENS));
    }
    symlinkSync("folder/self/environ", join(runner.workspace, "v.pkrvars.hcl"));
    for (const language of ["hcl", "json", "yaml"] as const) {
      const template = NAMES[language];
      const file = language === "hcl" ? "v.pkrvars.hcl" : "v.json";
      runner.file(template, withScript(language, "x.sh"));
      for (const command of ["validate", "build", "inspect"]) {
        const result = await runner.run(
          { command, template, "var-files": file, "allow-files-outside": "true" },
          TOKENS,
        );
        assert.match(result.stdout, /v\.\S+ may not be read +\[host\/file-out-of-reach\]/, `${command} ${template}`);
        showsNone(result, Object.values(TOKENS));
      }
    }
  });

  for (const language of ["hcl", "json", "yaml"] as const) {
    it(`are not templates that are links to files of the system, for no command (${language})`, async (t) => {
      const runner = fakeRunner(t);
      const template = NAMES[language];
      symlinkSync("/proc/self/environ", join(runner.workspace, template));
      for (const command of [...READERS, "build", ...(language === "hcl" ? ["fmt"] : [])]) {
        const result = await runner.run({ command, template }, { ...TOKENS, PKR_VAR_secret: "carried-in-55aa" });
        assert.ok(result.stdout.includes(`${template} may not be read`), `${command}: ${result.stdout}`);
        showsNone(result, [...Object.values(TOKENS), "carried-in-55aa"]);
      }
    });
  }

  for (const command of READERS) {
    it(`lie in the workspace when it is only looked at (${command})`, async (t) => {
      const runner = fakeRunner(t);
      const outside = join(runner.home, "outside.txt");
      writeFileSync(outside, "outside-content");
      symlinkSync(outside, join(runner.workspace, "link.txt"));
      runner.file("inside.txt", "inside-content");
      for (const path of [outside, "link.txt", `../home/outside.txt`, "~/outside.txt"]) {
        runner.file("t.pkr.hcl", hcl(`parseint(strrev(file("${path}")), 10)`));
        const result = await runner.run({ command, template: "t.pkr.hcl" });
        if (command !== "inspect") {
          assert.match(result.stdout, /may not be read: it lies outside of the workspace/);
        }
        showsNone(result, ["outside-content"]);
      }
      runner.file("t.pkr.hcl", hcl(`file("inside.txt")`));
      assert.equal((await runner.run({ command, template: "t.pkr.hcl" })).outputs["outcome"], "valid");
      runner.file("t.pkr.hcl", hcl(`file("${outside}")`));
      const allowed = await runner.run({ command, template: "t.pkr.hcl", "allow-files-outside": "true" });
      assert.equal(allowed.outputs["outcome"], "valid", allowed.stdout);
    });
  }

  for (const language of ["hcl", "json", "yaml"] as const) {
    it(`are not scripts outside of the workspace, unless they are built (${language})`, async (t) => {
      const runner = fakeRunner(t);
      const outside = join(runner.home, "outside.sh");
      writeFileSync(outside, "#!/bin/sh\necho ran-outside\n", { mode: 0o755 });
      symlinkSync(outside, join(runner.workspace, "link.sh"));
      const template = NAMES[language];
      for (const script of [outside, "link.sh", join(runner.home, "not-there.sh")]) {
        runner.file(template, withScript(language, script));
        const { stdout, outputs } = await runner.run({ command: "validate", template });
        assert.match(stdout, /it lies outside of the workspace/);
        assert.match(stdout, /allow-files-outside/);
        assert.equal(outputs["outcome"], "invalid");
      }
      runner.file(template, withScript(language, outside));
      assert.equal(
        (await runner.run({ command: "validate", template, "allow-files-outside": "true" })).outputs["outcome"],
        "valid",
      );
      const built = await runner.run({ command: "build", template });
      assert.match(built.stdout, /ran-outside/);
      assert.equal(built.outputs["outcome"], "built");
    });

    it(`may be variables that the workflow names elsewhere, but not where a link of the checkout leads (${language})`, async (t) => {
      const runner = fakeRunner(t);
      const name = language === "hcl" ? "v.pkrvars.hcl" : "v.json";
      writeFileSync(join(runner.temp, name), language === "hcl" ? 'script = "s.sh"\n' : '{ "script": "s.sh" }');
      symlinkSync(join(runner.temp, name), join(runner.workspace, name));
      const template = NAMES[language];
      runner.file("s.sh", "true\n");
      const text = withScript(language, language === "hcl" ? "${var.script}" : "{{user `script`}}");
      runner.file(
        template,
        language === "hcl"
          ? `variable "script" {}\n${text}`
          : JSON.stringify({ ...JSON.parse(text), variables: { script: null } }),
      );
      const named = await runner.run({ command: "validate", template, "var-files": join(runner.temp, name) });
      assert.equal(named.outputs["outcome"], "valid", named.stdout);
      const linked = await runner.run({ command: "validate", template, "var-files": name });
      assert.match(linked.stdout, /v\.\S+ may not be read/);
    });
  }

  for (const language of ["hcl", "json", "yaml"] as const) {
    it(`are found where the workflow works, when that is not the workspace (${language})`, async (t) => {
      const runner = fakeRunner(t);
      const elsewhere = join(runner.home, "images");
      const template = NAMES[language];
      mkdirSync(elsewhere);
      writeFileSync(
        join(elsewhere, template),
        language === "hcl" ? hcl('file("a.txt")') : withScript(language, "a.txt"),
      );
      writeFileSync(join(elsewhere, "a.txt"), "true");
      const result = await runner.run({ command: "validate", "working-directory": elsewhere, template });
      assert.equal(result.outputs["outcome"], "valid", result.stdout);
      symlinkSync(elsewhere, join(runner.workspace, "images"));
      const linked = await runner.run({ command: "validate", "working-directory": "images", template });
      assert.match(linked.stdout, /outside of the workspace/);
    });
  }
});

/** Prints, backwards so that nothing masks it, the environment of each process above it up to the action itself. */
const REACH = `
const { readFileSync } = require("node:fs");
const backwards = (text) => [...text].reverse().join("");
const read = (pid, name) => readFileSync("/proc/" + pid + "/" + name, "latin1");
console.log("own " + backwards(JSON.stringify(process.env)));
for (let pid = process.ppid, command = ""; !command.includes("action.js"); pid = read(pid, "stat").replace(/^.*\\) /s, "").split(" ")[1]) {
  command = read(pid, "cmdline");
  console.log((command.includes("action.js") ? "action " : "between ") + backwards(read(pid, "environ").replaceAll("\\0", "|")));
}
`;

describe("the runner's tokens", () => {
  for (const language of ["hcl", "json", "yaml"] as const) {
    it(`are found by no script of a build, neither in its environment nor in its parent's (${language})`, async (t) => {
      const runner = fakeRunner(t);
      runner.file("reach.cjs", REACH);
      runner.file("s.sh", `#!/bin/sh\n"${process.execPath}" reach.cjs\n`);
      chmodSync(join(runner.workspace, "s.sh"), 0o755);
      runner.file(NAMES[language], withScript(language, "s.sh"));
      const result = await runner.run(
        { template: NAMES[language] },
        { ...TOKENS, INPUT_SARIF: "unused-1f2e3d/x.sarif" },
      );
      assert.match(result.stdout, /action .*=HTAP/, "the action's environment is there to read");
      assert.match(result.stdout, /own .*HTAP/);
      // `GITHUB_OUTPUT=` and the like.
      for (const name of ["OUTPUT", "STATE", "STEP_SUMMARY", "ENV", "PATH"]) {
        assert.ok(!result.stdout.includes(`=${[...`GITHUB_${name}`].reverse().join("")}|`), name);
      }
      showsNone(result, [...Object.values(TOKENS), "unused-1f2e3d"]);
    });
  }

  it("are not in the environment of the post step either", async (t) => {
    const runner = fakeRunner(t);
    for (const language of LANGUAGES) {
      const builders = [{ type: "file", name: "a", target: "x", content: "x" }];
      const main = await runner.run({ template: writeTemplate(runner, language, { builders }), force: "true" }, TOKENS);
      const post = await runner.post(main, TOKENS);
      assert.equal(post.code, 0, post.stderr);
    }
  });
});

describe("values that are looked up", () => {
  const ask = (language: Language): string => {
    const names = ["vault", "consul", "aws"];
    if (language !== "hcl") {
      return JSON.stringify({
        variables: {
          vault: "{{vault `secret/data/x` `k`}}",
          consul: "{{consul_key `some/key`}}",
          aws: "{{aws_secretsmanager `name` `key`}}",
          made: "port-{{user `vault`}}",
        },
        builders: [
          {
            type: "file",
            target: "out.txt",
            content: [...names, "made"].map((name) => `{{user \`${name}\`}}`).join(""),
          },
        ],
        provisioners: [{ type: "shell-local", valid_exit_codes: ["{{user `consul`}}"], inline: ["true"] }],
      });
    }
    return `locals {
  vault = vault("secret/data/x", "k")
  consul = consul_key("some/key")
  aws = aws_secretsmanager("name", "key")
}
source "file" "x" {
  target = "out.txt"
  content = "\${local.vault}\${local.consul}\${local.aws}"
}
build {
  sources = ["file.x"]
  provisioner "shell-local" {
    inline = ["true"]
    valid_exit_codes = [local.consul]
  }
}
`;
  };

  for (const language of ["hcl", "json", "yaml"] as const) {
    for (const command of READERS) {
      it(`are asked of nobody and stay unknown (${command}, ${language})`, async (t) => {
        const { url, asked } = await httpServer(t, () => ({ body: {} }));
        const env = services(url);
        const runner = fakeRunner(t);
        // A number, which no text stands in for.
        const text = command === "plan" ? ask(language).replace(/"?valid_exit_codes[^\]]*\],?/, "") : ask(language);
        runner.file(NAMES[language], text);
        runner.file(`other-${NAMES[language]}`, text);
        const result = await runner.run({ command, template: NAMES[language] }, env);
        assert.equal(result.outputs["outcome"], "valid", result.stdout);
        // With several templates and a selection their names are looked at first.
        await runner.run({ command, template: `*${NAMES[language]}`, only: "nothing" }, env);
        assert.deepEqual(asked, []);
      });
    }
  }
});

function services(url: string): Record<string, string> {
  return {
    VAULT_ADDR: url,
    VAULT_TOKEN: "vault-token",
    CONSUL_HTTP_ADDR: url,
    CONSUL_HTTP_TOKEN: "consul-token",
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "aws-secret",
  };
}

describe("events with which strangers run code with the rights of the repository", () => {
  const pull = (head: string | null): object => ({
    pull_request: {
      number: 1,
      head: { sha: "a".repeat(40), repo: head && { full_name: head } },
      base: { sha: "b".repeat(40), repo: { full_name: "o/r" } },
    },
  });
  const after = (event: string, head: string): object => ({
    repository: { full_name: "o/r" },
    workflow_run: { event, head_branch: "main", head_repository: { full_name: head } },
  });
  const run = (
    runner: FakeRunner,
    event: string,
    payload: object,
    inputs: Record<string, string>,
  ): Promise<StepResult> => {
    const path = join(runner.temp, "event.json");
    writeFileSync(path, JSON.stringify(payload));
    return runner.run(inputs, { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path });
  };
  const refused: readonly (readonly [string, object])[] = [
    ["pull_request_target", pull("stranger/r")],
    ["pull_request_target", pull(null)],
    ["pull_request_target", {}],
    ["pull_request_review", pull("stranger/r")],
    ["pull_request_review_comment", pull("stranger/r")],
    ["issue_comment", { issue: { number: 1, pull_request: {} }, comment: { author_association: "NONE" } }],
    ["workflow_run", after("push", "stranger/r")],
    ["workflow_run", after("pull_request", "stranger/r")],
    ["workflow_run", after("issue_comment", "o/r")],
    ["workflow_run", after("pull_request_target", "o/r")],
    ["workflow_run", {}],
  ];
  const taken: readonly (readonly [string, object])[] = [
    ["pull_request", pull("stranger/r")],
    ["pull_request_target", pull("o/r")],
    ["pull_request_review", pull("o/r")],
    ["workflow_run", after("push", "o/r")],
    ["workflow_run", after("schedule", "o/r")],
    ["workflow_run", after("pull_request", "o/r")],
    ["push", {}],
    ["workflow_dispatch", {}],
  ];
  /** The same template in each language. */
  const write = (runner: FakeRunner): readonly string[] =>
    LANGUAGES.map((language) =>
      writeTemplate(runner, language, { builders: [{ type: "file", name: "a", target: "out.txt", content: "x" }] }),
    );

  for (const [event, payload] of refused) {
    it(`are refused: ${event} ${JSON.stringify(payload)}`, async (t) => {
      const runner = fakeRunner(t);
      const template = write(runner).join("\n");
      for (const command of ["build", ...READERS]) {
        const result = await run(runner, event, payload, { command, template });
        assert.equal(result.outputs["outcome"], "invalid", command);
        assert.equal(result.code, 1);
        assert.match(
          result.stdout,
          /^::error title=Templates are not worked out in a run for .*\[action\/untrusted-event\]/m,
        );
        assert.match(result.stdout, /allow-untrusted-events/);
      }
      const inputs = { command: "validate", template, "allow-untrusted-events": "true" };
      const allowed = await run(runner, event, payload, inputs);
      assert.equal(allowed.outputs["outcome"], "valid", allowed.stdout);
    });
  }

  for (const [event, payload] of taken) {
    it(`are not those of the repository itself: ${event} ${JSON.stringify(payload)}`, async (t) => {
      const runner = fakeRunner(t);
      const template = write(runner).join("\n");
      const result = await run(runner, event, payload, { command: "validate", template });
      assert.equal(result.outputs["outcome"], "valid", result.stdout);
    });
  }

  it("do not matter where templates are only formatted", async (t) => {
    const runner = fakeRunner(t);
    runner.file("t.pkr.hcl", 'source "null" "x" {\n}\n');
    const result = await run(runner, "pull_request_target", pull("stranger/r"), {
      command: "fmt",
      template: "t.pkr.hcl",
    });
    assert.equal(result.outputs["outcome"], "valid", result.stdout);
  });
});

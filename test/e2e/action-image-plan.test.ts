// The plan of a pull request, with a real repository, the real action and a small GitHub.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { needs } from "../needs.ts";
import { type GitHubServer, type GitHubServerOptions, githubServer, LONGEST_COMMENT } from "../servers/github.ts";
import { type FakeRunner, fakeRunner, type StepResult } from "./action-runner.ts";

type Files = Readonly<Record<string, string | undefined>>;

interface Scene {
  readonly runner: FakeRunner;
  readonly server: GitHubServer;
  readonly git: (...command: readonly string[]) => string;
  /** Commits files on top of what is checked out; gives the commit. */
  commit(files: Files): string;
  /** Runs `plan` for the pull request from `base` to what is checked out. */
  plan(
    base: string,
    inputs?: Readonly<Record<string, string>>,
    more?: Readonly<Record<string, string>>,
  ): Promise<StepResult>;
}

const AUTHOR = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" };

async function scene(
  t: TestContext,
  options: GitHubServerOptions & { readonly head?: string | undefined } = {},
): Promise<Scene> {
  const runner = fakeRunner(t);
  const server = await githubServer(t, options);
  const env = { PATH: process.env["PATH"], HOME: runner.home, ...AUTHOR };
  const git = (...command: readonly string[]): string =>
    execFileSync("git", command, {
      cwd: runner.workspace,
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  git("init", "--quiet", "--initial-branch=main");
  return {
    runner,
    server,
    git,
    commit(files) {
      for (const [path, content] of Object.entries(files)) {
        if (content === undefined) {
          git("rm", "--quiet", path);
        } else {
          runner.file(path, content);
        }
        if (content !== undefined) {
          git("add", "--", path);
        }
      }
      git("commit", "--quiet", "--allow-empty", "-m", "x");
      return git("rev-parse", "HEAD");
    },
    plan(base, inputs = {}, more = {}) {
      const event = join(runner.temp, "event.json");
      const sides = { base: { sha: base, repo: { full_name: "octo/images" } }, head: headOf(git, options.head) };
      writeFileSync(event, JSON.stringify({ number: 7, pull_request: { number: 7, ...sides } }));
      const variables = {
        GITHUB_EVENT_NAME: "pull_request",
        GITHUB_EVENT_PATH: event,
        GITHUB_WORKFLOW: "images",
        GITHUB_JOB: "plan",
      };
      return runner.run(
        { command: "plan", "pull-request-plan": "comment", "github-token": "token-of-the-job", ...inputs },
        { ...server.env, ...variables, ...more },
      );
    },
  };
}

function headOf(git: Scene["git"], repository = "octo/images"): object {
  return { sha: git("rev-parse", "HEAD"), repo: { full_name: repository } };
}

const WEB = `variable "version" {
  default = "1.0"
}
variable "password" {
  default   = "correct horse battery"
  sensitive = true
}
source "docker" "web" {
  image  = "debian:11"
  commit = true
}
build {
  sources = ["source.docker.web"]
  provisioner "shell" {
    inline = ["apt-get install web=\${var.version}", "login \${var.password}"]
  }
  provisioner "shell" {
    script = "setup.sh"
  }
}
`;
const IDLE = `source "null" "idle" {
  communicator = "none"
}
build {
  sources = ["source.null.idle"]
}
`;
const FILES = { "web.pkr.hcl": WEB, "idle.pkr.hcl": IDLE, "setup.sh": "echo setup\n" };

describe("action plan of a pull request", () => {
  it("shows what changes for each image in the summary and in one comment that the next run updates", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { runner, server, commit, plan } = await scene(t);
    const base = commit(FILES);
    commit({
      "web.pkr.hcl": WEB.replace("debian:11", "debian:12")
        .replace('"1.0"', '"1.1"')
        .replace("correct horse", "hidden pony"),
      "setup.sh": "echo other\n",
      "extra.pkr.hcl":
        'source "null" "extra" {\n  communicator = "none"\n}\nbuild {\n  sources = ["source.null.extra"]\n}\n',
    });
    runner.file("made-by-an-earlier-step.txt", "x");
    const first = await plan(base);
    assert.equal(first.code, 0, first.stdout);
    const [comment] = server.comments;
    assert.ok(comment !== undefined, first.stdout);
    for (const text of [first.summary, comment.body]) {
      assert.match(text, /### Image plan: 1 added, 1 changed, 1 unchanged/);
      assert.match(text, /\*\*<code>docker\.web<\/code>\*\*.*✏️ changed/);
      assert.match(text, /variable <code>version<\/code>: <code>1\.0<\/code> → <code>1\.1<\/code>/);
      assert.match(text, /image<\/code>: <code>debian&#58;11<\/code> → <code>debian&#58;12<\/code>/);
      assert.match(text, /file <code>setup\.sh<\/code> changed/);
      assert.match(text, /\*\*<code>null\.extra<\/code>\*\*.*🆕 added/);
      assert.doesNotMatch(text, /horse|pony|packer-ts-base|made-by/);
    }
    assert.doesNotMatch(comment.body, /null\.idle/);
    assert.match(first.stdout, /The plan is in the comment https:/);
    commit({ "web.pkr.hcl": WEB, "setup.sh": FILES["setup.sh"], "extra.pkr.hcl": undefined });
    const second = await plan(base);
    assert.equal(second.code, 0, second.stdout);
    assert.equal(server.comments.length, 1);
    assert.match(server.comments[0]?.body ?? "", /### Image plan: no image changes/);
    assert.deepEqual(
      readdirSync(runner.temp).filter((name) => name.startsWith("packer-ts-base")),
      [],
    );
  });

  it("writes no comment where nothing changes, and none when the summary is enough", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { server, commit, plan } = await scene(t);
    const base = commit(FILES);
    commit({ "README.md": "words" });
    const same = await plan(base);
    assert.match(same.summary, /no image changes/);
    assert.equal(server.comments.length, 0);
    commit({ "setup.sh": "echo other\n" });
    const { summary } = await plan(base, { "pull-request-plan": "summary" });
    assert.match(summary, /1 changed/);
    assert.equal(server.comments.length, 0);
  });

  it("says in the summary why there is no comment for a fork's pull request", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { server, commit, plan } = await scene(t, { may: ["read"], head: "stranger/images" });
    const base = commit(FILES);
    commit({ "setup.sh": "echo other\n" });
    const { code, stdout, summary } = await plan(base);
    assert.equal(code, 0, stdout);
    assert.match(summary, /### Image plan: 1 changed/);
    assert.match(summary, /There is no comment.*pull-requests&#58; write.*forks/);
    assert.match(stdout, /^::notice title=The plan is in the summary only::/m);
    assert.equal(server.comments.length, 0);
  });

  it("evaluates no stranger's template for everybody to see where the secrets of the repository are", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { server, commit, plan } = await scene(t, { head: "stranger/images" });
    const base = commit({ "t.pkr.hcl": IDLE });
    commit({
      "t.pkr.hcl": `variable "stolen" {}\n${IDLE.replace('"none"\n', '"none"\n  ssh_username = var.stolen\n')}`,
    });
    const { summary, stdout } = await plan(
      base,
      {},
      { GITHUB_EVENT_NAME: "pull_request_target", PKR_VAR_stolen: "the-loot" },
    );
    assert.match(stdout, /^::error title=Templates are not worked out in a run for .*pull_request_target/m);
    assert.doesNotMatch(summary, /loot|changed|Image plan/);
    assert.equal(server.comments.length, 0);
  });

  it("fetches the base of a checkout that holds only the trial merge, whose first parent it is", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { runner, server, git, commit, plan } = await scene(t);
    const old = commit({ "web.pkr.hcl": WEB, "setup.sh": "1" });
    git("checkout", "--quiet", "-b", "topic");
    commit({ "web.pkr.hcl": WEB.replace("debian:11", "debian:12") });
    git("checkout", "--quiet", "main");
    commit({ "setup.sh": "2" });
    git("checkout", "--quiet", "-b", "trial");
    git("merge", "--quiet", "--no-ff", "-m", "trial", "topic");
    const head = git("rev-parse", "topic");
    const origin = join(runner.temp, "origin.git");
    git("clone", "--quiet", "--bare", runner.workspace, origin);
    execFileSync("git", ["-C", origin, "config", "uploadpack.allowAnySHA1InWant", "true"]);
    for (const name of readdirSync(runner.workspace)) {
      execFileSync("rm", ["-rf", join(runner.workspace, name)]);
    }
    git("clone", "--quiet", "--depth=1", "--branch=trial", `file://${origin}`, ".");
    const event = join(runner.temp, "trial.json");
    const repo = { full_name: "octo/images" };
    writeFileSync(
      event,
      JSON.stringify({ pull_request: { number: 7, base: { sha: old, repo }, head: { sha: head, repo } } }),
    );
    const { code, stdout } = await plan(old, {}, { GITHUB_EVENT_PATH: event });
    assert.equal(code, 0, stdout);
    const body = server.comments[0]?.body ?? stdout;
    assert.match(body, /debian&#58;11<\/code> → <code>debian&#58;12/);
    // What main has got since is no change of the pull request.
    assert.doesNotMatch(body, /setup\.sh/);
  });

  it("says what is missing when the base cannot be had or read", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { commit, plan } = await scene(t);
    const base = commit({ "t.pkr.hcl": "source {\n" });
    commit({ "t.pkr.hcl": IDLE });
    const broken = await plan(base);
    assert.equal(broken.code, 0, broken.stdout);
    assert.match(broken.summary, /Not everything could be read before the pull request/);
    assert.match(broken.summary, /1 added/);
    const gone = await plan("c".repeat(40));
    assert.equal(gone.code, 0, gone.stdout);
    assert.match(gone.summary, /could not be fetched/);
    assert.match(gone.stdout, /^::notice title=The images could not be compared::.*fetch-depth/m);
  });

  it("cuts a long plan between two images, with a link to the whole", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { server, commit, plan } = await scene(t);
    const builders = (content: string): string =>
      JSON.stringify({
        variables: Object.fromEntries(
          Array.from({ length: 12 }, (_, i) => [`variable_${i}`, `${content}_${"_".repeat(80)}`]),
        ),
        builders: Array.from({ length: 60 }, (_, i) => ({
          type: "file",
          name: `image-${i}`,
          target: `x${i}`,
          content: allVariables(),
        })),
      });
    const base = commit({ "t.json": builders("old") });
    commit({ "t.json": builders("new") });
    const { code, stdout, summary } = await plan(base, { template: "t.json" });
    assert.equal(code, 0, stdout);
    const body = server.comments[0]?.body ?? "";
    assert.ok(body.length > LONGEST_COMMENT / 2 && body.length <= LONGEST_COMMENT, `${body.length}`);
    assert.match(
      body,
      /… and \d+ more parts: the whole plan is on \[the page of the run\]\(https:\/\/github\.com\/octo\/images\/actions\/runs\/4711\)/,
    );
    assert.match(summary, /image-59/);
  });

  it("shows text of templates as text", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { server, commit, plan } = await scene(t);
    const named = (name: string, value: string): string =>
      JSON.stringify({ builders: [{ type: "file", name, target: "x", content: value }] });
    const nasty = "<img src=x onerror=alert(1)> @octo/team [a](b) | ```\n# x";
    const base = commit({ "t.json": named("a", "old") });
    commit({ "t.json": named("a", nasty) });
    await plan(base, { template: "t.json" });
    const body = server.comments[0]?.body ?? "";
    assert.match(body, /1 changed/);
    assert.doesNotMatch(body, /<img|@octo|\[a\]|```/);
  });

  it("does what the example of a workflow says", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { server, commit, plan } = await scene(t);
    const path = "examples/pull-request/template.pkr.hcl";
    const template = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    const base = commit({ [path]: template });
    commit({ [path]: template.replace("Hello", "Good evening") });
    const workflow = parse(
      readFileSync(new URL("../../examples/pull-request/workflow.yml", import.meta.url), "utf8"),
    ) as Workflow;
    const steps = workflow.jobs.templates.steps.flatMap(({ with: inputs }) => (inputs === undefined ? [] : [inputs]));
    assert.equal(steps.length, 3);
    for (const inputs of steps) {
      const texts = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
      const { code, stdout } = await plan(base, { "pull-request-plan": "", ...texts });
      assert.equal(code, 0, stdout);
    }
    assert.match(
      server.comments[0]?.body ?? "",
      /variable <code>greeting<\/code>: <code>Hello<\/code> → <code>.*Good evening/,
    );
  });

  it("has nothing to compare in a run for a push, and says that another command does not plan", async (t) => {
    if (!needs(t, "git")) {
      return;
    }
    const { runner, server, commit } = await scene(t);
    commit(FILES);
    const pushed = await runner.run({ command: "plan", "pull-request-plan": "comment" }, server.env);
    assert.equal(pushed.code, 0, pushed.stdout);
    assert.match(pushed.stdout, /This run is for no pull request/);
    const validated = await runner.run({ command: "validate", "pull-request-plan": "summary" }, server.env);
    assert.match(validated.stdout, /^::warning .*"pull-request-plan" has no effect/m);
  });
});

interface Workflow {
  readonly jobs: {
    readonly templates: {
      readonly steps: readonly { readonly with?: Readonly<Record<string, unknown>> | undefined }[];
    };
  };
}

function allVariables(): string {
  return Array.from({ length: 12 }, (_, i) => `{{user \`variable_${i}\`}}`).join(" ");
}

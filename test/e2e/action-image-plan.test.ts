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
import { LANGUAGES, type Language, type Template } from "./three-languages.ts";

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
  language: Language,
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
        {
          ...{ command: "plan", "pull-request-plan": "comment", "github-token": "token-of-the-job" },
          ...{ template: everyTemplate(language), ...inputs },
        },
        { ...server.env, ...variables, ...more },
      );
    },
  };
}

function headOf(git: Scene["git"], repository = "octo/images"): object {
  return { sha: git("rev-parse", "HEAD"), repo: { full_name: repository } };
}

const WEB: Template = {
  variables: { version: "1.0", password: "correct horse battery" },
  "sensitive-variables": ["password"],
  builders: [{ type: "docker", name: "web", image: "debian:11", commit: true }],
  provisioners: [
    { type: "shell", inline: ["apt-get install web={{user `version`}}", "login {{user `password`}}"] },
    { type: "shell", script: "setup.sh" },
  ],
};
/** What the template of the example says. */
const GREETING: Template = {
  variables: { greeting: "Hello" },
  builders: [{ type: "file", name: "page", content: "{{user `greeting`}}, world!\n", target: "output.txt" }],
  provisioners: [{ type: "shell-local", inline: ["echo made $PACKER_BUILD_NAME"] }],
};
const SETUP = "echo setup\n";

function idle(name: string): Template {
  return { builders: [{ type: "null", name, communicator: "none" }] };
}

/** All files of an HCL2 folder are one template; the others are templates by themselves. */
function everyTemplate(language: Language): string {
  return language.name === "HCL2" ? "." : language.file("*");
}

/** A text that is no template. */
const BROKEN = { JSON: "{", YAML: "a: [", HCL2: "source {\n" } as const;

/** The name of a build as a pattern finds it. */
function pattern(language: Language, name: string, type: string): string {
  return language.build(name, type).replace(".", "\\.");
}

for (const language of LANGUAGES) {
  const { print } = language;
  const [web, extra, t1] = ["web", "extra", "t"].map((stem) => language.file(stem)) as [string, string, string];
  const text = print(WEB);
  const FILES = { [web]: text, [language.file("idle")]: print(idle("idle")), "setup.sh": SETUP };

  describe(`action plan of a pull request with ${language.name}`, () => {
    it("shows what changes for each image in the summary and in one comment that the next run updates", async (t) => {
      if (!needs(t, "git")) {
        return;
      }
      const { runner, server, commit, plan } = await scene(t, language);
      const base = commit(FILES);
      commit({
        [web]: text.replace("debian:11", "debian:12").replace('"1.0"', '"1.1"').replace("correct horse", "hidden pony"),
        "setup.sh": "echo other\n",
        [extra]: print(idle("extra")),
      });
      runner.file("made-by-an-earlier-step.txt", "x");
      const first = await plan(base);
      assert.equal(first.code, 0, first.stdout);
      const [comment] = server.comments;
      assert.ok(comment !== undefined, first.stdout);
      for (const shown of [first.summary, comment.body]) {
        assert.match(shown, /### Image plan: 1 added, 1 changed, 1 unchanged/);
        assert.match(shown, new RegExp(`\\*\\*<code>${pattern(language, "web", "docker")}</code>\\*\\*.*✏️ changed`));
        assert.match(shown, /variable <code>version<\/code>: <code>1\.0<\/code> → <code>1\.1<\/code>/);
        assert.match(shown, /image<\/code>: <code>debian&#58;11<\/code> → <code>debian&#58;12<\/code>/);
        assert.match(shown, /file <code>setup\.sh<\/code> changed/);
        assert.match(shown, new RegExp(`\\*\\*<code>${pattern(language, "extra", "null")}</code>\\*\\*.*🆕 added`));
        assert.doesNotMatch(shown, /horse|pony|packer-ts-base|made-by/);
      }
      assert.doesNotMatch(comment.body, new RegExp(pattern(language, "idle", "null")));
      assert.match(first.stdout, /The plan is in the comment https:/);
      commit({ [web]: text, "setup.sh": SETUP, [extra]: undefined });
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
      const { server, commit, plan } = await scene(t, language);
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
      const { server, commit, plan } = await scene(t, language, { may: ["read"], head: "stranger/images" });
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
      const { server, commit, plan } = await scene(t, language, { head: "stranger/images" });
      const base = commit({ [t1]: print(idle("t")) });
      const [builder] = idle("t").builders;
      commit({
        [t1]: print({
          variables: { stolen: null },
          builders: builder === undefined ? [] : [{ ...builder, ssh_username: "{{user `stolen`}}" }],
        }),
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
      const { runner, server, git, commit, plan } = await scene(t, language);
      const old = commit({ [web]: text, "setup.sh": "1" });
      git("checkout", "--quiet", "-b", "topic");
      commit({ [web]: text.replace("debian:11", "debian:12") });
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
      const { commit, plan } = await scene(t, language);
      const base = commit({ [t1]: BROKEN[language.name] });
      commit({ [t1]: print(idle("t")) });
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
      const { server, commit, plan } = await scene(t, language);
      const builders = (content: string): string =>
        print({
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
      const base = commit({ [t1]: builders("old") });
      commit({ [t1]: builders("new") });
      const { code, stdout, summary } = await plan(base, { template: t1 });
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
      const { server, commit, plan } = await scene(t, language);
      const named = (name: string, value: string): string =>
        print({ builders: [{ type: "file", name, target: "x", content: value }] });
      const nasty = "<img src=x onerror=alert(1)> @octo/team [a](b) | ```\n# x";
      const base = commit({ [t1]: named("a", "old") });
      commit({ [t1]: named("a", nasty) });
      await plan(base, { template: t1 });
      const body = server.comments[0]?.body ?? "";
      assert.match(body, /1 changed/);
      assert.doesNotMatch(body, /<img|@octo|\[a\]|```/);
    });

    it("does what the example of a workflow says", async (t) => {
      if (!needs(t, "git")) {
        return;
      }
      const { server, commit, plan } = await scene(t, language);
      const original = readFileSync(new URL("../../examples/pull-request/template.pkr.hcl", import.meta.url), "utf8");
      const path = `examples/pull-request/${language.file("template")}`;
      const template = language.name === "HCL2" ? original : print(GREETING);
      const base = commit({ [path]: template });
      commit({ [path]: template.replace("Hello", "Good evening") });
      const workflow = parse(
        readFileSync(new URL("../../examples/pull-request/workflow.yml", import.meta.url), "utf8"),
      ) as Workflow;
      const steps = workflow.jobs.templates.steps.flatMap(({ with: inputs }) => (inputs === undefined ? [] : [inputs]));
      assert.equal(steps.length, 3);
      // Only HCL2 has a format of its own.
      for (const inputs of steps.filter(({ command }) => language.name === "HCL2" || command !== "fmt")) {
        const texts = Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [name, String(value).replace("*.pkr.hcl", language.file("*"))]),
        );
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
      const { runner, server, commit } = await scene(t, language);
      commit(FILES);
      const pushed = await runner.run(
        { command: "plan", "pull-request-plan": "comment", template: everyTemplate(language) },
        server.env,
      );
      assert.equal(pushed.code, 0, pushed.stdout);
      assert.match(pushed.stdout, /This run is for no pull request/);
      const validated = await runner.run(
        { command: "validate", "pull-request-plan": "summary", template: everyTemplate(language) },
        server.env,
      );
      assert.match(validated.stdout, /^::warning .*"pull-request-plan" has no effect/m);
    });
  });
}

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

// The real thing: workflows under act, a runner for one's own machine, in host mode. `PACKER_TS_ACT` names the program unless it is on PATH.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { needs } from "../needs.ts";
import { bundle } from "./action-runner.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const act = process.env["PACKER_TS_ACT"] || "act";

/** A repository that holds the action and what else a workflow needs. */
function repository(test: TestContext, files: Readonly<Record<string, string | object>>): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-act-"));
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const repo = join(folder, "repo");
  cpSync(bundle(), join(repo, "dist"), { recursive: true });
  cpSync(join(root, "action.yml"), join(repo, "action.yml"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return repo;
}

/** Runs the workflows for a push; everything act keeps goes beside the repository. */
async function push(repo: string, args: readonly string[] = []): Promise<{ readonly code: number | null; readonly log: string }> {
  const git = (...command: readonly string[]): void => {
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", "-C", repo, ...command], { stdio: "ignore" });
  };
  git("init", "-b", "main");
  git("add", "-A", "-f");
  git("commit", "-m", "everything");
  const home = join(dirname(repo), "home");
  mkdirSync(home);
  const all = ["push", "--platform", "ubuntu-latest=-self-hosted", "--pull=false", ...args];
  const child = spawn(act, all, {
    cwd: repo,
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, "cache") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, log };
}

function workflow(...steps: readonly string[]): string {
  const lines = ["on: push", "jobs:", "  images:", "    runs-on: ubuntu-latest", "    steps:", "      - uses: actions/checkout@v4"];
  return `${[
    ...lines,
    ...steps
      .join("\n")
      .split("\n")
      .map((line) => `      ${line}`),
  ].join("\n")}\n`;
}

const BUILD = `- id: image
  uses: ./
  with:
    template: t.json
    vars: |
      text: "it's 1.10"`;

const SHOW = `- if: always()
  run: |
    echo "outcome is \${{ steps.image.outputs.outcome }}, class is \${{ steps.image.outputs.failure-class }}"
    echo "size is \${{ fromJson(steps.image.outputs.artifacts)[0].files[0].size }}"
    echo "id is \${{ steps.image.outputs.artifact-id }}"`;

function template(script: string): object {
  return {
    variables: { text: null },
    builders: [
      { type: "file", name: "good", target: "out/good.txt", content: "{{user `text`}}" },
      { type: "file", name: "other", target: "out/other.txt", content: "x" },
    ],
    provisioners: [{ type: "shell-local", inline: [script] }],
  };
}

describe("action/act", () => {
  it("builds, hands its outputs to later steps and runs its post step", async (t) => {
    if (!needs(t, act, "git")) return;
    const { code, log } = await push(repository(t, { ".github/workflows/w.yml": workflow(BUILD, SHOW), "t.json": template("echo hello") }));
    assert.equal(code, 0, log);
    assert.match(log, /outcome is built, class is $/m);
    assert.match(log, /size is 9$/m);
    assert.match(log, /Success - Post \.\//);
    assert.match(log, /::group::good: provisioner shell-local/);
  });

  it("fails the job with an annotation, and still hands on what was built", async (t) => {
    if (!needs(t, act, "git")) return;
    const files = { ".github/workflows/w.yml": workflow(BUILD, SHOW), "t.json": template('test "$PACKER_BUILD_NAME" = good') };
    const { code, log } = await push(repository(t, files));
    assert.equal(code, 1, log);
    assert.match(log, /outcome is partial, class is provisioner$/m);
    assert.match(log, /size is 9$/m);
    assert.match(log, /::error title=.*file=t\.json,line=1/);
  });

  it("takes no command from the output of a provisioner", async (t) => {
    if (!needs(t, act, "git")) return;
    const lines = ["::set-output name=outcome::forged", "##[add-path]/evil", "::stop-commands::x", "::add-mask::hello"].map(
      (line) => `echo '${line}'`,
    );
    const files = { ".github/workflows/w.yml": workflow(BUILD, SHOW), "t.json": template(lines.join("; ")) };
    const { code, log } = await push(repository(t, files));
    assert.equal(code, 0, log);
    assert.match(log, /outcome is built, class is $/m);
    assert.doesNotMatch(log, /⚙ {2}::add-path::|⚙ {2}::set-output:: outcome=forged/);
  });

  it("masks a secret in act's log too", async (t) => {
    if (!needs(t, act, "git")) return;
    const secret = "correct horse battery";
    const secretive = { ...template('echo "it is $SECRET"'), variables: { text: null }, "sensitive-variables": ["text"] };
    const provisioners = [{ type: "shell-local", environment_vars: ["SECRET={{user `text`}}"], inline: ['echo "it is $SECRET"'] }];
    const steps = BUILD.replace('"it\'s 1.10"', "$" + "{{ secrets.TEXT }}");
    const files = { ".github/workflows/w.yml": workflow(steps), "t.json": { ...secretive, provisioners } };
    const { code, log } = await push(repository(t, files), ["--secret", `TEXT=${secret}`]);
    assert.equal(code, 0, log);
    assert.match(log, /it is <sensitive>/);
    assert.ok(!log.includes(secret));
  });

  it("runs the project's own example workflow", async (t) => {
    if (!needs(t, act, "git")) return;
    const repo = repository(t, {});
    cpSync(join(root, "examples"), join(repo, "examples"), { recursive: true });
    cpSync(join(root, ".github"), join(repo, ".github"), { recursive: true });
    const { code, log } = await push(repo, ["--workflows", ".github/workflows/examples.yml", "--job", "validate"]);
    assert.equal(code, 0, log);
    assert.match(log, /The configuration is valid\./);
  });
});

// Builds on several machines: the plan's matrix, the jobs made of it, and what is collected of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { projectRoot } from "../packer-ts.ts";
import { actArtifacts } from "../servers/act-artifact-server.ts";
import { artifactService } from "../servers/artifact-service.ts";
import { githubServer } from "../servers/github.ts";
import { httpServer } from "../servers/http.ts";
import { act, push, repository } from "./act-repository.ts";
import { type FakeRunner, fakeRunner, readLog, type StepResult } from "./action-runner.ts";
import { LANGUAGES, type Language, type Part, type Template, writeTemplate } from "./three-languages.ts";

interface Entry {
  readonly template: string;
  readonly only: string;
  readonly except?: string | undefined;
  readonly name: string;
  readonly builder: string;
  readonly runner: unknown;
}

function entriesOf({ outputs }: StepResult): readonly Entry[] {
  const { include } = JSON.parse(outputs["matrix"] ?? "") as { include: readonly Entry[] };
  assert.equal(outputs["count"], String(include.length));
  return include;
}

const file = (name: string, target: string): Part => ({ type: "file", name, target, content: name });

/** Names that patterns, lists and shells could take for something else. */
const NAMES = ["plain", 'it\'s "quoted"', "with, comma", " blanks ", "🚀 *", '["a"]', "a-b"];
const HCL_NAME = "it's [a-c] {x,y} ? * \\\\ , 🚀";

const hcl = `
variable "who" { type = string }
data "http" "unreachable" { url = "http://127.0.0.1:9/\${var.who}" }
source "file" "a" {
  target  = "out/a.txt"
  content = data.http.unreachable.body
}
source "file" "ab" {
  target  = "out/ab.txt"
  content = "ab"
}
source "null" "a" { communicator = "none" }
build {
  name    = "${HCL_NAME}"
  sources = ["source.file.a", "source.file.ab", "source.null.a"]
}
`;

/** The languages in which names and values are text with functions in it. */
const LEGACY = LANGUAGES.filter(({ name }) => name !== "HCL2");

/** Builds each entry of a plan by itself. */
async function buildEach(runner: FakeRunner, entries: readonly Entry[]): Promise<void> {
  for (const { template, only, name } of entries) {
    const built = await runner.run({ command: "build", template, only, vars: "who: me", force: "true" });
    assert.equal(built.code, 0, `${only}: ${built.stdout}`);
    const made = JSON.parse(built.outputs["artifacts"] ?? "") as { build: string }[];
    assert.deepEqual(
      made.map(({ build }) => build),
      [name],
    );
  }
}

for (const language of LANGUAGES) {
  describe(`action/plan with ${language.name}`, () => {
    it("is refused when a workflow could not have a job for each build", async (t) => {
      const runner = fakeRunner(t);
      const builders = Array.from({ length: 257 }, (_, i) => file(`n${i}`, `out/${i}.txt`));
      const { code, stdout } = await runner.run({
        command: "plan",
        template: writeTemplate(runner, language, { builders }),
      });
      assert.equal(code, 1, stdout);
      assert.match(stdout, /^::error title=There are 257 builds.*256 jobs.*\[plan\/too-many\]/m);
    });

    it("selects exactly one build by what it gives as only, whatever the names", async (t) => {
      const runner = fakeRunner(t);
      const builders = NAMES.map((name, i) => file(name, `out/${i}.txt`));
      const template = writeTemplate(runner, language, { variables: { who: "" }, builders });
      const planned = await runner.run({ command: "plan", template });
      assert.equal(planned.code, 0, planned.stdout);
      const entries = entriesOf(planned);
      assert.deepEqual(new Set(entries.map(({ name }) => name)), new Set(NAMES.map((name) => language.build(name))));
      await buildEach(runner, entries);
    });

    it("says which runner a build needs, unless the workflow chooses one", async (t) => {
      const runner = fakeRunner(t);
      const image = (name: string, more: Omit<Part, "type">): Part => ({
        type: "docker",
        name,
        image: "i",
        discard: true,
        ...more,
      });
      const builders = [
        image("windows", { windows_container: true }),
        image("arm", { platform: "linux/arm64" }),
        image("intel", { platform: "linux/amd64" }),
        file("text", "x.txt"),
      ];
      const template = writeTemplate(runner, language, { builders });
      const runners = async (given: string): Promise<object> =>
        Object.fromEntries(
          entriesOf(await runner.run({ command: "plan", template, runners: given })).map((entry) => [
            entry.name.replace(/^(?:docker|file)\./, ""),
            entry.runner,
          ]),
        );
      assert.deepEqual(await runners(""), {
        windows: "windows-latest",
        arm: "ubuntu-24.04-arm",
        intel: "ubuntu-latest",
        text: "ubuntu-latest",
      });
      assert.deepEqual(await runners('docker: big\n"*m": [self-hosted, arm64]\n"*{text,none}": {group: small}'), {
        windows: "big",
        arm: ["self-hosted", "arm64"],
        intel: "big",
        text: { group: "small" },
      });
      const { stdout } = await runner.run({
        command: "plan",
        template,
        runners: `${language.build("intle", "docker")}: big`,
      });
      assert.match(
        stdout,
        new RegExp(`plan/unused-runner[\\s\\S]*did you mean "${language.build("intel", "docker")}"\\?`),
      );
    });
  });
}

describe("action/plan", () => {
  it("selects exactly one build of a folder whose build block has a name with patterns in it", async (t) => {
    const runner = fakeRunner(t);
    runner.file("images/t.pkr.hcl", hcl.replace("data.http.unreachable.body", '"a"').replace(/data .*\n/, ""));
    const planned = await runner.run({ command: "plan", template: "images" });
    assert.equal(planned.code, 0, planned.stdout);
    const entries = entriesOf(planned);
    assert.equal(entries.length, 3);
    await buildEach(runner, entries);
  });

  it("needs no value, no network and no credentials, and takes nothing of a build away for it", async (t) => {
    const runner = fakeRunner(t);
    runner.file("images/t.pkr.hcl", hcl);
    const machine = {
      variables: {
        user: "{{env `USER_OF_MACHINE`}}",
        password: "{{vault `secret/data/x` `y`}}",
        key: "{{consul_key `k`}}",
      },
      builders: [
        {
          type: "null",
          ssh_host: "127.0.0.1",
          ssh_username: "{{user `user`}}",
          ssh_private_key_file: "~/.ssh/missing",
        },
      ],
    };
    const machines = LEGACY.map((language) => writeTemplate(runner, language, machine, "ssh"));
    const { code, stdout, outputs } = await runner.run({
      command: "plan",
      template: ["images", ...machines].join("\n"),
    });
    assert.equal(code, 0, stdout);
    assert.equal(outputs["outcome"], "valid");
    assert.equal(outputs["count"], "5");
    readLog(stdout);
  });

  for (const language of LEGACY) {
    it(`refuses names that are others in every run, and takes the only build of a template all the same (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const name = "image-{{timestamp}}";
      const twoFile = writeTemplate(runner, language, { builders: [file(name, "a"), file("fixed", "b")] }, "two");
      const oneFile = writeTemplate(runner, language, { builders: [file(name, "a")] }, "one");
      const unsetFile = writeTemplate(
        runner,
        language,
        { variables: { v: null }, builders: [file("{{user `v`}}", "a"), file("fixed", "b")] },
        "unset",
      );
      const two = await runner.run({ command: "plan", template: twoFile });
      assert.equal(two.outputs["outcome"], "invalid");
      assert.match(two.stdout, /has another name in every run {2}\[plan\/unsteady-name\]/);
      const unset = await runner.run({ command: "plan", template: unsetFile });
      assert.match(unset.stdout, /is not known yet {2}\[plan\/unsteady-name\]/);
      const one = await runner.run({ command: "plan", template: oneFile });
      assert.equal(one.code, 0, one.stdout);
      const [entry] = entriesOf(one);
      assert.equal(entry?.only, "");
      const built = await runner.run({ template: oneFile, only: entry?.only ?? "none" });
      assert.equal(built.outputs["outcome"], "built");
    });
  }

  it("has names that stay the same in HCL2, where nothing is called in them", async (t) => {
    const runner = fakeRunner(t);
    runner.file(
      "t.pkr.hcl",
      `source "file" "a" {
  target  = "a"
  content = "a"
}
build {
  source "file.a" {
    name = "fixed"
  }
  source "file.a" {
    name = "image-\${timestamp()}"
  }
}
`,
    );
    const planned = await runner.run({ command: "plan", template: "t.pkr.hcl" });
    assert.equal(planned.outputs["outcome"], "invalid");
    assert.match(planned.stdout, /^::error .*Function calls not allowed/m);
  });
});

/** A repository with two templates, and the plan of what changed since. */
function changingRepository(runner: FakeRunner, language: Language): { git(...args: readonly string[]): string } {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", runner.workspace, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      encoding: "utf8",
    }).trim();
  runner.file(
    "images/a/a.pkr.hcl",
    'source "file" "a" {\n  target = "a"\n  content = file("motd.txt")\n}\nbuild {\n  sources = ["source.file.a"]\n}\n',
  );
  runner.file("images/a/motd.txt", "hello");
  const second: Template = {
    builders: [{ type: "null", name: "b", communicator: "none" }],
    provisioners: [{ type: "shell-local", script: "scripts/b.sh" }],
  };
  writeTemplate(runner, language, second, "images/b");
  runner.file("scripts/b.sh", "true");
  runner.file("README.md", "images");
  git("init", "-b", "main");
  git("add", "-A");
  git("commit", "-m", "first");
  return { git };
}

for (const language of LANGUAGES) {
  describe(`action/touched-only with ${language.name}`, () => {
    const second = language.file("images/b");
    const touched = { command: "plan", template: `images/a\n${language.file("images/*")}`, "touched-only": "true" };

    it("plans what a push touches: templates, what they name and what they run, also when it is gone", async (t) => {
      if (!needs(t, "git")) {
        return;
      }
      const runner = fakeRunner(t);
      const { git } = changingRepository(runner, language);
      let before = git("rev-parse", "HEAD");
      const plannedAfter = async (change: () => void): Promise<readonly string[]> => {
        change();
        git("add", "-A");
        git("commit", "-m", "change");
        const after = git("rev-parse", "HEAD");
        writeFileSync(join(runner.temp, "event.json"), JSON.stringify({ before, after }));
        before = after;
        return entriesOf(await runner.run(touched, { GITHUB_EVENT_PATH: join(runner.temp, "event.json") })).map(
          ({ template }) => template,
        );
      };
      assert.deepEqual(await plannedAfter(() => runner.file("README.md", "other")), []);
      assert.deepEqual(await plannedAfter(() => runner.file("scripts/b.sh", "exit 0")), [second]);
      assert.deepEqual(await plannedAfter(() => runner.file("images/a/motd.txt", "bye")), ["images/a"]);
      assert.deepEqual(await plannedAfter(() => runner.file("images/a/more.pkr.hcl", "")), ["images/a"]);
      assert.deepEqual(await plannedAfter(() => git("rm", "-q", "images/a/more.pkr.hcl")), ["images/a"]);
      assert.deepEqual(await plannedAfter(() => git("mv", "README.md", "LIESMICH.md")), []);
    });

    it("plans what a pull request touches", async (t) => {
      if (!needs(t, "git")) {
        return;
      }
      const runner = fakeRunner(t);
      changingRepository(runner, language);
      const planned = async (
        files: readonly { filename: string; previous_filename?: string | undefined }[],
      ): Promise<StepResult> => {
        const server = await githubServer(t, { files });
        const event = join(runner.temp, "event.json");
        const repo = { full_name: "octo/images" };
        const pull = { number: 7, base: { sha: "a".repeat(40), repo }, head: { sha: "b".repeat(40), repo } };
        writeFileSync(event, JSON.stringify({ number: 7, pull_request: pull }));
        return runner.run(
          { ...touched, "github-token": "token-of-the-job" },
          { ...server.env, GITHUB_EVENT_PATH: event },
        );
      };
      assert.equal((await planned([{ filename: "README.md" }])).outputs["matrix"], '{"include":[]}');
      const moved = await planned([{ filename: "scripts/c.sh", previous_filename: "scripts/b.sh" }]);
      assert.deepEqual(
        entriesOf(moved).map(({ template }) => template),
        [second],
      );
    });

    it("plans everything, and says so, when it is not known what was changed", async (t) => {
      if (!needs(t, "git")) {
        return;
      }
      const runner = fakeRunner(t);
      changingRepository(runner, language);
      const event = join(runner.temp, "event.json");
      const unknown: readonly (readonly [object, RegExp])[] = [
        [{ before: "1".repeat(40), after: "2".repeat(40) }, /check out with "fetch-depth: 0"/],
        [{ before: "0".repeat(40), after: "2".repeat(40) }, /made a new branch/],
        [{ schedule: "0 3 * * *" }, /no pull request and no push/],
      ];
      for (const [payload, reason] of unknown) {
        writeFileSync(event, JSON.stringify(payload));
        const result = await runner.run(touched, { GITHUB_EVENT_PATH: event });
        assert.equal(result.code, 0, result.stdout);
        assert.equal(entriesOf(result).length, 2);
        assert.match(result.stdout, /::warning title=Everything is planned.*\[plan\/changes-unknown\]/);
        assert.match(result.stdout, reason);
      }
    });
  });
}

const collected: Template = {
  variables: { secret: "" },
  builders: [file("one", "out/one.txt"), file("two", "out/two.txt"), file("three", "out/three.txt")],
  provisioners: [{ type: "shell-local", inline: ['test "$PACKER_BUILD_NAME" != two'] }],
};

for (const language of LANGUAGES) {
  describe(`action/collect with ${language.name}`, () => {
    const [one, two, three] = ["one", "two", "three"].map((name) => language.build(name)) as [string, string, string];

    it("makes one run of many, and names what is missing, broken and foreign", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, collected);
      const matrix = (await runner.run({ command: "plan", template })).outputs["matrix"] ?? "";
      for (const only of [one, two]) {
        await runner.run({ template, only, "result-path": `results/${only.split(".").pop()}/` });
      }
      runner.file("results/cut/packer-result-x.json", '{"packer-ts-result":1,"builds":[');
      runner.file("results/other/packer-result-y.json", { something: "else" });
      runner.file("results/other/sbom.json", { bomFormat: "CycloneDX" });
      const result = await runner.run({ command: "collect", results: "results", matrix });
      assert.equal(result.code, 1, result.stdout);
      assert.equal(result.outputs["outcome"], "partial");
      // The first one counts, and builds of JSON are in the order of their names: "three" is missing before "two" fails.
      assert.equal(result.outputs["failure-class"], language.name === "HCL2" ? "provisioner" : "environment");
      assert.deepEqual(JSON.parse(result.outputs["artifact-ids"] ?? ""), { [one]: "File" });
      const [artifact] = JSON.parse(result.outputs["artifacts"] ?? "") as {
        files: { path: string; size: number; sha256: string }[];
      }[];
      assert.equal(artifact?.files[0]?.size, 3);
      assert.match(artifact?.files[0]?.sha256 ?? "", /^[0-9a-f]{64}$/);
      for (const said of [
        /results\/cut\/packer-result-x\.json cannot be read as the result of a build {2}\[collect\/unreadable\]/,
        /results\/other\/packer-result-y\.json is not the result of a build {2}\[collect\/foreign\]/,
        new RegExp(`The build "${three}" of ${template} is missing: its job left no result {2}\\[collect/missing\\]`),
      ]) {
        assert.match(result.stdout, said);
      }
      assert.doesNotMatch(result.stdout, /sbom/);
      const manifest = JSON.parse(readFileSync(result.outputs["manifest-path"] ?? "", "utf8")) as {
        builds: { name: string; packer_run_uuid: string }[];
      };
      assert.deepEqual(
        manifest.builds.map(({ name }) => name),
        [one],
      );
      for (const row of [
        `${one}</code> \\| file \\| ✅ built`,
        `${two}</code> \\| file \\| ❌ failed`,
        `${three}</code>.*missing`,
      ]) {
        assert.match(result.summary, new RegExp(`<code>${row}`));
      }
      readLog(result.stdout);
    });

    it("says the reason when a job ended before it began to build", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, collected);
      const matrix = (await runner.run({ command: "plan", template, only: one })).outputs["matrix"] ?? "";
      await runner.run({ template, only: one, "var-files": "gone.json", "result-path": "results/" });
      const result = await runner.run({ command: "collect", results: "results/*.json", matrix });
      assert.equal(result.outputs["outcome"], "failed");
      assert.equal(result.outputs["failure-class"], "template");
      assert.match(result.stdout, new RegExp(`The build "${one}" of ${template} is missing: .*gone\\.json`));
    });

    it("counts a build that was run again as it ended last, and leaves out builds of other plans", async (t) => {
      const runner = fakeRunner(t);
      const first = { ...collected, provisioners: [{ type: "shell-local", inline: ["test -e ready"] }] };
      const template = writeTemplate(runner, language, first);
      const other = writeTemplate(runner, language, { builders: [file("of another plan", "out/u.txt")] }, "u");
      const matrix = (await runner.run({ command: "plan", template, only: one })).outputs["matrix"] ?? "";
      await runner.run({ template, only: one, "result-path": "results/z.json" });
      runner.file("ready", "");
      await runner.run({ template, only: one, "result-path": "results/a.json" });
      await runner.run({ template: other, "result-path": "results/u.json" });
      const result = await runner.run({ command: "collect", results: "results", matrix });
      assert.equal(result.code, 0, result.stdout);
      assert.deepEqual(JSON.parse(result.outputs["artifact-ids"] ?? ""), { [one]: "File" });
      assert.equal(result.outputs["outcome"], "built");
    });
  });
}

for (const language of LANGUAGES) {
  const one = language.build("one");

  describe(`action/collect with ${language.name}`, () => {
    it("tells of builds that were left out because nothing changed", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, collected);
      const inputs = { template, only: one, "if-unchanged": "skip", "fingerprint-file": "fingerprints.json" };
      assert.equal((await runner.run(inputs)).outputs["outcome"], "built");
      assert.equal((await runner.run({ ...inputs, "result-path": "results/" })).outputs["outcome"], "unchanged");
      const result = await runner.run({ command: "collect", results: "results" });
      assert.equal(result.code, 0, result.stdout);
      assert.equal(result.outputs["outcome"], "unchanged");
      assert.equal(result.outputs["changed"], "false");
      assert.deepEqual(JSON.parse(result.outputs["artifact-ids"] ?? ""), { [one]: "File" });
    });

    it("hands on what the jobs uploaded", async (t) => {
      const service = await artifactService(t);
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, collected);
      const built = await runner.run(
        { template, only: one, "upload-artifacts": "true", "result-path": "results/" },
        service.env,
      );
      const result = await runner.run({ command: "collect", results: "results" });
      assert.equal(result.code, 0, result.stdout);
      assert.match(result.outputs["uploaded-artifacts"] ?? "", new RegExp(`"name":"packer-${one}"`));
      assert.equal(result.outputs["uploaded-artifacts"], built.outputs["uploaded-artifacts"]);
    });

    it("keeps secrets out of the results", async (t) => {
      const runner = fakeRunner(t);
      const secret = "correct horse battery";
      const telling = { ...file("one", "out/{{user `secret`}}.txt"), content: "x" };
      const template = writeTemplate(runner, language, {
        ...collected,
        variables: { secret: null },
        builders: [telling],
      });
      const result = await runner.run({ template, "secret-vars": JSON.stringify({ secret }) });
      assert.equal(result.code, 0, result.stdout);
      assert.ok(result.stdout.includes(`::add-mask::${secret}`), "the runner is told to mask it");
      const text = readFileSync(result.outputs["result-path"] ?? "", "utf8");
      assert.ok(text.includes("<sensitive>"));
      assert.ok(!text.includes(secret));
    });
  });
}

describe("action/collect", () => {
  it("fails the step whose result the service does not take, and keeps its outcome", async (t) => {
    const service = await artifactService(t);
    const refusing = await httpServer(t, () => ({ status: 409, body: '{"msg":"nothing more is taken"}' }));
    const runner = fakeRunner(t);
    const [language] = LANGUAGES;
    assert.ok(language !== undefined);
    const template = writeTemplate(runner, language, { builders: [file("a", "out.txt")] });
    const env = { ...service.env, ACTIONS_RESULTS_URL: refusing.url };
    const { code, stdout, outputs } = await runner.run({ template, "result-artifact": "packer-result" }, env);
    assert.deepEqual([code, outputs["outcome"]], [1, "built"], stdout);
    assert.match(stdout, /^::error .*could not be uploaded as "packer-result".*\[collect\/not-uploaded\]/m);
  });

  it("fails when there is nothing to collect", async (t) => {
    const runner = fakeRunner(t);
    mkdirSync(join(runner.workspace, "empty"));
    for (const inputs of [{}, { results: "empty" }, { "result-artifact": "packer-result" }]) {
      const result = await runner.run({ command: "collect", ...inputs });
      assert.equal(result.code, 1);
      assert.equal(result.outputs["outcome"], "failed");
      assert.equal(result.outputs["failure-class"], "environment");
      assert.match(result.stdout, /collect\/no-results/);
      const isAsked = "result-artifact" in inputs;
      assert.equal(/could not be downloaded +\[collect\/not-downloaded\]/.test(result.stdout), isAsked, result.stdout);
    }
  });
});

/** The name that workflows use, and the one of this release, which `build-images.yml` uses. */
const RELEASES = ["v1", `v${JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")).version}`].map(
  (tag) => `org/packer-ts-action@${tag}`,
);

/** Runs the workflows of a repository that uses this checkout as the released action. */
async function run(
  test: TestContext,
  repo: string,
  args: readonly string[] = [],
): Promise<{ code: number | null; log: string }> {
  mkdirSync(join(repo, ".github/workflows"), { recursive: true });
  cpSync(join(projectRoot, ".github/workflows/build-images.yml"), join(repo, ".github/workflows/build-images.yml"));
  const artifacts = await actArtifacts(test, dirname(repo));
  const ours = RELEASES.flatMap((name) => ["--local-repository", `${name}=${repo}`]);
  const result = await push(repo, [...artifacts.args, ...ours, ...args]);
  const kept = readdirSync(artifacts.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return { ...result, log: `${result.log}\nkept ${kept.length} artifacts` };
}

const template = {
  variables: { secret: "", fail: "" },
  builders: [
    file('it\'s "one"', "out/one.txt"),
    file("two, 🚀", "out/two.txt"),
    { type: "null", name: "three", communicator: "none" },
  ],
  provisioners: [
    {
      type: "shell-local",
      inline: ["test \"$PACKER_BUILD_NAME\" != '{{user `fail`}}' && echo it is {{user `secret`}}"],
    },
  ],
};

const caller = (file: string, vars: string): string => `on: push
jobs:
  images:
    uses: ./.github/workflows/build-images.yml
    with:
      template: ${file}
      vars: "${vars}"
    secrets:
      secret-vars: "secret: \${{ secrets.PASSWORD }}"
  after:
    needs: images
    if: always()
    runs-on: ubuntu-latest
    steps:
      - env:
          OUTCOME: \${{ needs.images.outputs.outcome }}
          CLASS: \${{ needs.images.outputs.failure-class }}
          IDS: \${{ needs.images.outputs.artifact-ids }}
          COUNT: \${{ needs.images.outputs.count }}
        run: |
          printf '%s\\n' "outcome is <$OUTCOME>, class is <$CLASS>, count is <$COUNT>"
          printf '%s\\n' "ids are $IDS"
`;

for (const language of LANGUAGES) {
  const workflowFile = ".github/workflows/w.yml";
  const templateFile = language.file("t");
  const [one, two, three] = [language.build('it\'s "one"'), language.build("two, 🚀"), language.build("three", "null")];
  /** As outputs show them: in the order of their names. */
  const idsOf = (ids: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.fromEntries(Object.entries(ids).sort(([a], [b]) => (a < b ? -1 : 1))));

  describe(`action/build-images.yml with ${language.name}`, () => {
    it("gives each build a job of its own and collects what they made", async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const repo = repository(t, {
        [workflowFile]: caller(templateFile, "fail: none"),
        [templateFile]: language.print(template),
      });
      const { code, log } = await run(t, repo, ["--secret", "PASSWORD=correct horse battery"]);
      assert.equal(code, 0, log);
      for (const job of [`images/${one}`, `images/${two}`, `images/${three}`]) {
        assert.ok(log.includes(job), `${job} is missing in ${log}`);
      }
      assert.match(log, /outcome is <built>, class is <>, count is <3>/);
      assert.ok(log.includes(`ids are ${idsOf({ [one]: "File", [two]: "File", [three]: "Null" })}`), log);
      assert.match(log, /kept 3 artifacts/);
      assert.match(log, /it is <sensitive>/);
      assert.ok(!log.includes("correct horse battery"));
    });

    it("collects the others when one fails", async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const repo = repository(t, {
        [workflowFile]: caller(templateFile, "fail: three"),
        [templateFile]: language.print(template),
      });
      const { code, log } = await run(t, repo, ["--secret", "PASSWORD=correct horse battery"]);
      assert.equal(code, 1, log);
      // Act starts nothing after a called workflow that failed, so that its outputs are looked at where they are set.
      const shown = log.split("\n").filter((line) => /\[images\/build images\/collect .*::set-output::/.test(line));
      for (const output of [
        "outcome=partial",
        "failure-class=provisioner",
        `artifact-ids=${idsOf({ [one]: "File", [two]: "File" })}`,
      ]) {
        assert.ok(
          shown.some((line) => line.includes(`::set-output:: ${output}`)),
          shown.join("\n"),
        );
      }
    });
  });
}

describe("action/build-images.yml", () => {
  it("is what the example does that can be copied", async (t) => {
    if (!needs(t, act, "git")) {
      return;
    }
    const repo = repository(t, {});
    cpSync(join(projectRoot, "examples/matrix"), join(repo, "examples/matrix"), { recursive: true });
    mkdirSync(join(repo, ".github/workflows"), { recursive: true });
    cpSync(join(projectRoot, "examples/matrix/workflow.yml"), join(repo, ".github/workflows/images.yml"));
    const { code, log } = await run(t, repo, ["--workflows", ".github/workflows/images.yml"]);
    assert.equal(code, 0, log);
    assert.match(log, /\{"site\.file\.page":"File","site\.file\.note":"File","site\.null\.check":"Null"\}/);
  });
});

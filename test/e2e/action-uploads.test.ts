// What was built as workflow artifacts: what arrives, under which name, and what is said when it cannot.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { actArtifacts } from "../servers/act-artifact-server.ts";
import { artifactService } from "../servers/artifact-service.ts";
import { act, push, repository, workflow } from "./act-repository.ts";
import { fakeRunner, readLog } from "./action-runner.ts";
import { LANGUAGES, type Part, type Template, writeTemplate } from "./three-languages.ts";

interface Uploaded {
  readonly name: string;
  readonly build: string;
  readonly url: string;
  readonly sha256: string;
}

function filesOf(...builders: readonly Omit<Part, "type">[]): Template {
  return { builders: builders.map((builder) => ({ ...builder, type: "file" })) };
}

/** The files of an archive with their contents. */
function unzip(test: TestContext, archive: Buffer | string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-unzip-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = typeof archive === "string" ? archive : join(folder, "a.zip");
  if (typeof archive !== "string") {
    writeFileSync(file, archive);
  }
  const names = execFileSync("unzip", ["-Z1", file], { encoding: "utf8" }).trim().split("\n");
  return Object.fromEntries(
    names.sort().map((name) => [name, execFileSync("unzip", ["-p", file, name], { encoding: "utf8" })]),
  );
}

for (const language of LANGUAGES) {
  describe(`action/uploads with ${language.name}`, () => {
    /** The artifact of a build, with no character that a file could not have. */
    const artifactOf = (name: string): string => `packer-${language.build(name).replace(/[/:]/g, "-")}`;
    it("uploads the files of each build under a name made of it", async (t) => {
      if (!needs(t, "unzip")) {
        return;
      }
      const service = await artifactService(t);
      const runner = fakeRunner(t);
      const content = "0123456789".repeat(1000);
      const checksum = {
        type: "checksum",
        checksum_types: ["sha256"],
        output: "out/sums-{{.BuildName}}",
        only: ["plain"],
      };
      const builds = filesOf(
        { name: "a/b:c", target: "out/one.txt", content },
        { name: "plain", target: "out/two.txt", content: "2" },
      );
      const template = writeTemplate(runner, language, { ...builds, "post-processors": [checksum] });
      const result = await runner.run({ template, "upload-artifacts": "true", "retention-days": "3" }, service.env);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const uploaded = JSON.parse(result.outputs["uploaded-artifacts"] ?? "") as Uploaded[];
      assert.deepEqual(
        uploaded.map(({ name, build }) => [name, build]),
        [
          [artifactOf("a/b:c"), language.build("a/b:c")],
          [artifactOf("plain"), language.build("plain")],
        ],
      );
      assert.match(uploaded[0]?.url ?? "", /^https:\/\/github\.com\/acme\/images\/actions\/runs\/77\/artifacts\/1$/);
      assert.match(uploaded[0]?.sha256 ?? "", /^[0-9a-f]{64}$/);
      assert.deepEqual(unzip(t, service.archives.get(artifactOf("a/b:c")) ?? Buffer.alloc(0)), { "one.txt": content });
      assert.deepEqual(Object.keys(unzip(t, service.archives.get(artifactOf("plain")) ?? Buffer.alloc(0))), [
        "sums-plain",
        "two.txt",
      ]);
      assert.ok(service.requests.get(artifactOf("plain"))?.["expires_at"], "the days are passed on");
      readLog(result.stdout);
    });

    it("fills in a pattern and numbers a name that is taken", async (t) => {
      const service = await artifactService(t);
      const runner = fakeRunner(t);
      const templates = ["one", "two"].map((name) =>
        writeTemplate(runner, language, filesOf({ name: "image", target: `${name}.txt`, content: name }), name),
      );
      const inputs = { template: templates.join("\n"), "upload-artifacts": "{builder} {build}" };
      const result = await runner.run(inputs, service.env);
      assert.equal(result.code, 0, result.stdout);
      assert.deepEqual(
        [...service.archives.keys()],
        [`file ${language.build("image")}`, `file ${language.build("image")}-2`],
      );
      const wrong = await runner.run({ ...inputs, "upload-artifacts": "{image}" }, service.env);
      assert.equal(wrong.outputs["outcome"], "invalid");
      assert.match(wrong.stdout, /cannot have "\{image\}" in it/);
    });

    it("still uploads what was built when another build fails, and nothing without being asked", async (t) => {
      const service = await artifactService(t);
      const runner = fakeRunner(t);
      const builds = filesOf(
        { name: "good", target: "good.txt", content: "g" },
        { name: "bad", target: "bad.txt", content: "b" },
      );
      const template = writeTemplate(runner, language, {
        ...builds,
        provisioners: [{ type: "shell-local", inline: ['test "$PACKER_BUILD_NAME" = good'] }],
      });
      const partial = await runner.run({ template, "upload-artifacts": "true" }, service.env);
      assert.equal(partial.outputs["outcome"], "partial");
      assert.deepEqual([...service.archives.keys()], [artifactOf("good")]);
      const quiet = await runner.run({ template }, service.env);
      assert.equal(quiet.outputs["uploaded-artifacts"], "[]");
      assert.equal(service.archives.size, 1);
    });

    it("fails the step when an upload fails, names the build and keeps its outcome", async (t) => {
      const service = await artifactService(t, { taken: [artifactOf("image")] });
      const runner = fakeRunner(t);
      const both = filesOf(
        { name: "image", target: "out.txt", content: "x" },
        { name: "other", target: "other.txt", content: "y" },
      );
      const result = await runner.run(
        { template: writeTemplate(runner, language, both), "upload-artifacts": "true" },
        service.env,
      );
      assert.equal(result.code, 1);
      assert.equal(result.outputs["outcome"], "built");
      assert.equal(result.outputs["failure-class"], "environment");
      assert.match(
        result.stdout,
        /^::error .*The files of build '(file\.)?image' could not be uploaded.*\[action\/upload-failed\].*already exists/m,
      );
      assert.deepEqual([...service.archives.keys()], [artifactOf("other")]);
    });

    it("waits for no upload when the step is cancelled, and hands on what was built", async (t) => {
      const service = await artifactService(t, { silent: artifactOf("image") });
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, filesOf({ name: "image", target: "out.txt", content: "x" }));
      const step = runner.start({ template, "upload-artifacts": "true" }, service.env);
      await step.says("Root directory input is valid!");
      step.child.kill("SIGINT");
      const { outputs, stdout } = await step.ended;
      assert.match(stdout, /Cancelling after SIGINT/);
      assert.equal(outputs["artifact-ids"], JSON.stringify({ [language.build("image")]: "File" }));
      assert.equal(outputs["uploaded-artifacts"], "[]");
      assert.doesNotMatch(stdout, /There is no more time/);
    });

    it("says so where there is no service, and does not fail", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, filesOf({ name: "image", target: "out.txt", content: "x" }));
      const result = await runner.run({ template, "upload-artifacts": "true" });
      assert.equal(result.code, 0);
      assert.equal(result.outputs["outcome"], "built");
      assert.match(result.stdout, /^::warning .*Nothing was uploaded.*ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL/m);
    });

    it("names a file that holds a secret in whatever form, uploads it as it is, and is silent about others", async (t) => {
      if (!needs(t, "unzip")) {
        return;
      }
      const service = await artifactService(t);
      const runner = fakeRunner(t);
      const secret = "correct, 'horse'";
      const template = writeTemplate(runner, language, {
        variables: { s: null },
        "sensitive-variables": ["s"],
        ...filesOf(
          { name: "plain", target: "plain.txt", content: "it is {{user `s`}}!" },
          { name: "encoded", target: "encoded.txt", content: "x" },
          { name: "clean", target: "clean.txt", content: "horse" },
        ),
        provisioners: [{ type: "shell-local", inline: ["true"] }],
        "post-processors": [
          {
            type: "shell-local",
            only: ["encoded"],
            environment_vars: ["SECRET={{user `s`}}"],
            // The boundary of what is read at once lies inside the secret.
            inline: ['{ head -c 1048570 /dev/zero; printf %s "$SECRET" | base64; } > encoded.txt'],
          },
        ],
      });
      const result = await runner.run(
        { template, vars: JSON.stringify({ s: secret }), "upload-artifacts": "true" },
        service.env,
      );
      assert.equal(result.code, 0, result.stdout);
      const warned = [...result.stdout.matchAll(/A file that is uploaded holds a secret: (\S+)/g)].map(
        ([, name]) => name,
      );
      assert.deepEqual([...new Set(warned)].sort(), ["encoded.txt", "plain.txt"]);
      assert.match(result.stdout, /^::warning .*holds a secret.*\[action\/secret-in-upload\]/m);
      assert.equal(
        unzip(t, service.archives.get(artifactOf("plain")) ?? Buffer.alloc(0))["plain.txt"],
        `it is ${secret}!`,
      );
    });

    it("arrives at act's artifact server", async (t) => {
      if (!needs(t, act, "git", "unzip")) {
        return;
      }
      const step = "- uses: ./\n  with:\n    template: TEMPLATE\n    upload-artifacts: true".replace(
        "TEMPLATE",
        language.file("t"),
      );
      const files = {
        ".github/workflows/w.yml": workflow(step),
        [language.file("t")]: language.print(
          filesOf({ name: "image", target: "out/image.txt", content: "what was built" }),
        ),
      };
      const repo = repository(t, files);
      const { args, folder: server } = await actArtifacts(t, dirname(repo));
      const { code, log } = await push(repo, args);
      assert.equal(code, 0, log);
      const zips = readdirSync(server, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".zip"));
      assert.equal(zips.length, 1, zips.join());
      assert.deepEqual(unzip(t, join(server, zips[0] ?? "")), { "image.txt": "what was built" });
    });
  });
}

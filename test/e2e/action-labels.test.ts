// Containers tell which workflow run made them, and the images made of them do not.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { docker, removeImageAfter } from "../servers/docker-fixture.ts";
import { removeImage, testImage } from "./action-docker.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, writeTemplate } from "./three-languages.ts";

const env = { GITHUB_REPOSITORY: "acme/images", GITHUB_RUN_ID: "7700", GITHUB_RUN_ATTEMPT: "3" };

for (const language of LANGUAGES) {
  describe(`action/labels with ${language.name}`, () => {
    it("finds the containers of a run by label, or by name when they are committed", async (t) => {
      if (!needs(t, "docker")) {
        return;
      }
      const image = testImage();
      t.after(() => removeImage(image));
      const runner = fakeRunner(t);
      const look = [
        "docker ps --filter label=packer-ts.repository=acme/images --filter label=packer-ts.run-id=7700 --filter label=packer-ts.run-attempt=3 --format 'label finds {{.Names}}'",
        "docker ps --filter name=^packer-ts-acme-images-7700-3- --format 'name finds {{.Names}}'",
      ];
      runner.file("look.sh", look.join("\n"));
      const template = writeTemplate(runner, language, {
        builders: [
          { type: "docker", name: "exported", image, pull: false, discard: true },
          { type: "docker", name: "committed", image, pull: false, commit: true },
        ],
        provisioners: [{ type: "shell-local", inline: ["sh look.sh"] }],
      });
      const result = await runner.run({ template, "parallel-builds": "1" }, env);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const made =
        (JSON.parse(result.outputs["artifact-ids"] ?? "") as Record<string, string>)[
          language.build("committed", "docker")
        ] ?? "";
      removeImageAfter(t, made);
      const found = [...result.stdout.matchAll(/^(label|name) finds packer-ts-acme-images-7700-3-/gm)].map(
        ([, how]) => how,
      );
      assert.deepEqual(found.sort(), ["label", "name", "name"], result.stdout);
      assert.deepEqual(JSON.parse(docker(["image", "inspect", "--format", "{{json .Config.Labels}}", made])) ?? {}, {});
    });

    it("labels nothing for the command line's sake: a run without these facts has none", async (t) => {
      if (!needs(t, "docker")) {
        return;
      }
      const image = testImage();
      t.after(() => removeImage(image));
      const runner = fakeRunner(t);
      runner.file("look.sh", `docker ps --filter ancestor=${image} --format 'labels: <{{.Labels}}>'`);
      const builders = [{ type: "docker", image, pull: false, discard: true }];
      const provisioners = [{ type: "shell-local", inline: ["sh look.sh"] }];
      const template = writeTemplate(runner, language, { builders, provisioners });
      const result = await runner.run({ template });
      assert.match(result.stdout, /^labels: <>/m, result.stdout + result.stderr);
    });
  });
}

// A workflow that is cancelled under act. Act has no patience: where GitHub's runner interrupts a step and waits, act kills it at once
// and goes on with the post steps. So this is the hardest case; that an interrupted step cleans up by itself is shown elsewhere.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { act, repository, startPush, workflow } from "./act-repository.ts";
import { containersOf, removeImage, testImage } from "./action-docker.ts";
import { processesWith } from "./action-runner.ts";
import { LANGUAGES } from "./three-languages.ts";

describe("action/act cancelled", () => {
  for (const language of LANGUAGES) {
    it(`leaves no container, no folder and no program behind (${language.name})`, async (t) => {
      if (!needs(t, act, "git", "docker")) {
        return;
      }
      const image = testImage();
      t.after(() => removeImage(image));
      const builders = [{ type: "docker", image, pull: false, discard: true }];
      const provisioners = [{ type: "shell", inline: ["echo $((40 + 2)) is said; sleep 600"] }];
      const file = language.file("t");
      const step = workflow(`- uses: ./\n  with:\n    template: ${file}`);
      const files = { ".github/workflows/w.yml": step, [file]: language.print({ builders, provisioners }) };
      const repo = repository(t, files);
      const run = startPush(repo);
      await run.says("42 is said");
      assert.equal(containersOf(image).length, 1);
      const shared = join(repo, "../home/.config/packer");
      assert.equal(readdirSync(shared).length, 1);
      run.child.kill("SIGINT");
      const { code, log } = await run.ended;
      assert.equal(code, 1, log);
      assert.match(log, /signal: killed/);
      assert.match(log, new RegExp(`Removed the container of build '${language.build("docker", "docker")}'`));
      assert.match(log, /Success - Post \.\//);
      assert.deepEqual(containersOf(image), []);
      assert.deepEqual(existsSync(shared) ? readdirSync(shared) : [], []);
      assert.deepEqual(processesWith(repo), []);
    });
  }
});

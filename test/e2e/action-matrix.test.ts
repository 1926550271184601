// Builds on several machines: the plan's matrix, the jobs made of it, and what is collected of them.
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { projectRoot } from "../packer-ts.ts";
import { actArtifacts } from "../servers/act-artifact-server.ts";
import { act, push, repository } from "./act-repository.ts";

const ACTION = "org/packer-ts-action@v1";

/** Runs the workflows of a repository that uses this checkout as the released action. */
async function run(test: TestContext, repo: string, args: readonly string[] = []): Promise<{ code: number | null; log: string }> {
  cpSync(join(projectRoot, ".github"), join(repo, ".github"), { recursive: true, filter: (path) => !/(ci|check-dist|examples|release)\.yml$/.test(path) });
  const artifacts = await actArtifacts(test, dirname(repo));
  return push(repo, [...artifacts.args, "--local-repository", `${ACTION}=${repo}`, ...args]);
}

const template = {
  variables: { secret: "", fail: "" },
  "sensitive-variables": ["secret"],
  builders: [
    { type: "file", name: "it's \"one\"", target: "out/one.txt", content: "one {{user `secret`}}" },
    { type: "file", name: "two, 🚀", target: "out/two.txt", content: "two" },
    { type: "null", name: "three", communicator: "none" },
  ],
  provisioners: [{ type: "shell-local", inline: ["test \"$PACKER_BUILD_NAME\" != '{{user `fail`}}'"] }],
};

const caller = (inputs: string): string => `on: push
jobs:
  images:
    uses: ./.github/workflows/build-images.yml
    with:
      template: t.json
${inputs}
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
          echo "outcome is <$OUTCOME>, class is <$CLASS>, count is <$COUNT>"
          echo "ids are $IDS"
`;

describe("action/matrix", () => {
  it("fans out over a job for each build and collects what they made", async (t) => {
    if (!needs(t, act, "git")) return;
    const repo = repository(t, { ".github/workflows/w.yml": caller(""), "t.json": template });
    const { code, log } = await run(t, repo, ["--secret", "PASSWORD=correct horse battery"]);
    assert.equal(code, 0, log);
    console.log(log);
  });
});

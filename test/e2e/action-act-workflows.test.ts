// The workflows of the README with a mistake, under act, as they stand there; `workflow-mistakes.test.ts` has more mistakes, and
// templates of all languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { projectRoot } from "../packer-ts.ts";
import { act, push, repository } from "./act-repository.ts";

const CALLED = ".github/workflows/build-images.yml";

const TEMPLATE = `variable "version" {
  default = "none"
}

variable "registry_password" {
  default   = ""
  sensitive = true
}

source "file" "web" {
  content = "version \${var.version}"
  target  = "out/web.txt"
}

build {
  sources = ["source.file.web"]
}
`;

const mistakes = [
  {
    name: "validate",
    what: "a misspelt option",
    template: TEMPLATE.replace("target ", "taget "),
    says: /::error title=Unsupported option .*file=images\/web\.pkr\.hcl,line=12,.*did you mean "target"\?/,
  },
  {
    name: "release",
    what: "a misspelt input",
    write: (workflow: string) => workflow.replace("upload-artifacts:", "upload-artefacts:"),
    says: /::error title=.*"upload-artefacts".*did you mean "upload-artifacts"\?/,
  },
  {
    name: "rebuild",
    what: "a secret that is not set",
    says: /::error title=The input "secret-vars" .*Line 1: the variable has no value/,
  },
];

describe("action/the workflows of the README under act", { timeout: 300_000 }, () => {
  for (const { name, what, write, template = TEMPLATE, says } of mistakes) {
    it(`${name}.yml fails with an annotation because of ${what}`, async (t) => {
      if (!needs(t, act, "git")) {
        return;
      }
      const shown = readFileSync(join(projectRoot, `examples/workflows/${name}.yml`), "utf8");
      // What starts it is a push here, and the workflow that it calls is the one of this checkout.
      const workflow = shown
        .replace(/^on:\n(?: .*\n)+/m, "on: push\n")
        .replace(`org/packer-ts-action/${CALLED}@v1`, `./${CALLED}`);
      const repo = repository(t, {
        ".github/workflows/w.yml": write?.(workflow) ?? workflow,
        [CALLED]: readFileSync(join(projectRoot, CALLED), "utf8"),
        "images/web.pkr.hcl": template,
      });
      const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
      const ours = ["v1", `v${version}`].flatMap((tag) => [
        "--local-repository",
        `org/packer-ts-action@${tag}=${repo}`,
      ]);
      const { code, log } = await push(repo, ["--workflows", ".github/workflows/w.yml", ...ours]);
      assert.equal(code, 1, log);
      assert.match(log, says);
      assert.doesNotMatch(log, /outcome=built/);
    });
  }
});

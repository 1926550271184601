// The workflows that people copy: what the README shows is what lies in the examples, and every input and output in them exists.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { projectRoot } from "../packer-ts.ts";

const ACTION = "org/packer-ts-action@v1";
const WORKFLOW = "org/packer-ts-action/.github/workflows/build-images.yml@v1";

interface Step {
  readonly id?: string | undefined;
  readonly uses?: string | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

interface Job extends Step {
  readonly outputs?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly steps?: readonly Step[] | undefined;
}

interface Workflow {
  readonly on: {
    readonly workflow_call?:
      | Readonly<Record<"inputs" | "secrets" | "outputs", Readonly<Record<string, unknown>>>>
      | undefined;
  };
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The release that this is; its tag is never moved, as `v1` is. */
const PINNED = `org/packer-ts-action@v${JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")).version}`;

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const action = parse(read("action.yml")) as Record<"inputs" | "outputs", Record<string, unknown>>;
const called = (parse(read(".github/workflows/build-images.yml")) as Workflow).on.workflow_call;

const copied = readdirSync(join(projectRoot, "examples"), { recursive: true, encoding: "utf8" })
  .filter((path) => /(^workflows\/|\/workflow)[^/]*\.yml$/.test(path))
  .map((path) => join("examples", path));
const all = [...copied, ".github/workflows/build-images.yml"];

describe("workflows", () => {
  it("are shown in the README as they are", () => {
    const readme = read("README.md");
    const shown = copied.filter((path) => path.includes("/workflows/"));
    assert.equal(shown.length, 3);
    for (const path of shown) {
      assert.ok(readme.includes(`\`\`\`yaml\n${read(path)}\`\`\`\n`), `${path} is not in the README`);
    }
  });

  for (const path of all) {
    it(`${path} uses what there is, and pins what is not ours`, () => {
      const text = read(path);
      const { jobs } = parse(text) as Workflow;
      const steps = Object.values(jobs).flatMap((job) => [job, ...(job.steps ?? [])]);
      const ours = new Map([
        [ACTION, action.inputs],
        [PINNED, action.inputs],
        [WORKFLOW, called?.inputs],
      ]);
      for (const { uses, with: given = {} } of steps) {
        const known = ours.get(uses ?? "");
        if (known === undefined) {
          assert.match(uses ?? "", /^$|@[0-9a-f]{40}$/);
        } else {
          for (const input of Object.keys(given)) {
            assert.ok(input in known, `${path}: ${uses} has no input ${input}`);
          }
        }
      }
      for (const job of Object.values(jobs)) {
        if (job.uses === WORKFLOW) {
          for (const secret of Object.keys(job.secrets ?? {})) {
            assert.ok(secret in (called?.secrets ?? {}), secret);
          }
        }
        const ours = (job.steps ?? [])
          .filter(({ uses, id }) => (uses === ACTION || uses === PINNED) && id !== undefined)
          .map(({ id }) => id);
        for (const [, id, output = ""] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
          if (ours.includes(id)) {
            assert.ok(output in action.outputs, `${path}: there is no output ${output}`);
          }
        }
      }
      for (const [, name = "", output = ""] of text.matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const job = jobs[name];
        const known = job?.uses === WORKFLOW ? called?.outputs : job?.outputs;
        assert.ok(output in (known ?? {}), `${path}: the job ${name} has no output ${output}`);
      }
    });
  }

  it("to be called are of the release that they belong to, and of no other one", () => {
    const text = read(".github/workflows/build-images.yml");
    const used = [...text.matchAll(/^ *(?:- )?uses: (org\/\S+)$/gm)].map(([, uses]) => uses);
    assert.deepEqual(used, [PINNED, PINNED, PINNED]);
  });

  it("ask for no more permissions than they say", () => {
    for (const path of copied) {
      assert.notEqual((parse(read(path)) as Workflow).permissions, undefined, path);
    }
  });
});

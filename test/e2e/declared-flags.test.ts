// A flag that is declared does something: each has a pair of command lines that differ in it alone, and in what they do.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { actionOptions } from "../../src/action/input/action-options.ts";
import { nameInput } from "../../src/action/input/decode-inputs.ts";
import type { Command, CommandOption } from "../../src/command/command.ts";
import * as registry from "../../src/command/registry.ts";
import { folderWith, packerTs, projectRoot } from "../packer-ts.ts";

const NULL = (name: string, inside = ""): string =>
  `source "null" "${name}" {\n  communicator = "none"\n}\nbuild {\n  name    = "${name}"\n  sources = ["null.${name}"]\n${inside}}\n`;
const step = (command: string): string =>
  `  provisioner "shell-local" {\n    inline = [${JSON.stringify(command)}]\n  }\n`;

const FILES: Readonly<Record<string, string>> = {
  "t.pkr.hcl": `variable "v" {\n  default = "one"\n}\n${NULL("a", step(`echo $${"{"}var.v}`))}`,
  "two.pkr.hcl": NULL("a", step("sleep 0.7")) + NULL("b", step("sleep 0.7")),
  "unset.pkr.hcl": `variable "v" {}\n${NULL("a", step(`echo $${"{"}var.v}`))}`,
  "data.pkr.hcl": `data "http" "d" {\n  url = "http://127.0.0.1:1/"\n}\n${NULL("a")}`,
  "wrong.pkr.hcl": NULL("a", '  provisioner "shell-local" {\n    inlin = ["x"]\n  }\n'),
  "fails.pkr.hcl": NULL("a", step("exit 3")),
  "ugly.pkr.hcl": NULL("a").replace("communicator = ", "communicator="),
  "in/ugly.pkr.hcl": NULL("a").replace("communicator = ", "communicator="),
  "file.pkr.hcl":
    'source "file" "a" {\n  target  = "made.txt"\n  content = "x"\n}\nbuild {\n  sources = ["file.a"]\n}\n',
  "old.json": '{ "builders": [{ "type": "null", "communicator": "none" }] }',
  "v.pkrvars.hcl": 'v = "two"\n',
  "more.pkrvars.hcl": 'other = "two"\n',
};

interface Pair {
  /** The flag is left out for the other run. */
  readonly flag: readonly string[];
  readonly rest: readonly string[];
  readonly before?: readonly string[] | undefined;
  readonly input?: string | undefined;
}

/** A pair, or the test that holds the proof because it needs more than a folder. */
type Proof = Pair | { readonly test: string };

const on = (rest: string | readonly string[], ...flag: string[]): Pair => ({
  flag,
  rest: typeof rest === "string" ? [rest] : rest,
});
const stdin = (...flag: string[]): Pair => ({ flag, rest: ["-"], input: FILES["t.pkr.hcl"] });
const selection = { only: on("two.pkr.hcl", "-only=a.null.a"), except: on("two.pkr.hcl", "-except=a.null.a") };
const values = { var: on("t.pkr.hcl", "-var=v=two"), var_file: on("t.pkr.hcl", "-var-file=v.pkrvars.hcl") };

const PROOFS: Readonly<Record<string, Readonly<Record<string, Proof>>>> = {
  build: {
    ...selection,
    ...values,
    config_type: stdin("-config-type=hcl2"),
    debug: on("t.pkr.hcl", "-debug"),
    fingerprint_file: on("file.pkr.hcl", "-fingerprint-file=f.json"),
    force: { test: "test/e2e/qemu.test.ts" },
    if_unchanged: {
      flag: ["-if-unchanged=skip"],
      rest: ["-fingerprint-file=f.json", "file.pkr.hcl"],
      before: ["build", "-fingerprint-file=f.json", "file.pkr.hcl"],
    },
    on_error: { test: "test/e2e/debug-and-on-error.test.ts" },
    parallel_builds: on("two.pkr.hcl", "-parallel-builds=1"),
    warn_on_undeclared_var: on(["-var-file=more.pkrvars.hcl", "t.pkr.hcl"], "-warn-on-undeclared-var"),
  },
  collect: { manifest: { test: "test/e2e/action-matrix.test.ts" }, matrix: { test: "test/e2e/action-matrix.test.ts" } },
  console: {
    config_type: { flag: ["-config-type=hcl2"], rest: [], input: "1 + 1\n" },
    var: { ...on("t.pkr.hcl", "-var=v=two"), input: "var.v\n" },
    var_file: { ...on("t.pkr.hcl", "-var-file=v.pkrvars.hcl"), input: "var.v\n" },
  },
  fmt: {
    check: on("ugly.pkr.hcl", "-check"),
    diff: on("ugly.pkr.hcl", "-diff"),
    write: on("ugly.pkr.hcl", "-write=false"),
    recursive: on("in/..", "-recursive"),
  },
  hcl2_upgrade: {
    output_file: on("old.json", "-output-file=new.pkr.hcl"),
    with_annotations: on("old.json", "-with-annotations"),
  },
  init: { config_type: stdin("-config-type=hcl2") },
  inspect: { ...values, config_type: stdin("-config-type=hcl2") },
  plan: {
    ...selection,
    config_type: stdin("-config-type=hcl2"),
    json: on("t.pkr.hcl", "-json"),
    runners: on("t.pkr.hcl", "-runners=nothing=big"),
    var: on("unset.pkr.hcl", "-var=nope=1"),
    var_file: on("t.pkr.hcl", "-var-file=gone.pkrvars.hcl"),
  },
  reap: { dry_run: { test: "src/command/reap/reap.test.ts" }, older_than: { test: "src/command/reap/reap.test.ts" } },
  validate: {
    only: on("two.pkr.hcl", "-only=nothing"),
    except: on("two.pkr.hcl", "-except=*"),
    var: on("unset.pkr.hcl", "-var=v=two"),
    var_file: on("unset.pkr.hcl", "-var-file=v.pkrvars.hcl"),
    config_type: stdin("-config-type=hcl2"),
    syntax_only: on("wrong.pkr.hcl", "-syntax-only"),
    allow_unset_vars: on("unset.pkr.hcl", "-allow-unset-vars"),
    evaluate_datasources: on("data.pkr.hcl", "-evaluate-datasources"),
    no_warn_undeclared_var: on(["-var-file=more.pkrvars.hcl", "t.pkr.hcl"], "-no-warn-undeclared-var"),
  },
};

/** Taken because Packer takes them, and as there of no effect: `inspect` shows all of a template. */
const WITHOUT_EFFECT = new Set(["inspect.only", "inspect.except"]);

/** Flags of every command, shown with `build`. */
const VOICE: Readonly<Record<string, Pair>> = {
  color: on("t.pkr.hcl", "-color=false"),
  machine_readable: on("t.pkr.hcl", "-machine-readable"),
  timestamp_ui: on("t.pkr.hcl", "-timestamp-ui"),
  detailed_exitcode: on("fails.pkr.hcl", "-detailed-exitcode"),
};

const commands = Object.values(registry) as readonly Command[];

/** What a run did: its code, what it printed, and the files it left. Times and made-up names are taken out. */
async function runOnce(test: TestContext, line: readonly string[], { before, input }: Pair): Promise<string> {
  const cwd = folderWith(test, FILES);
  if (before !== undefined) {
    await packerTs(before, { cwd });
  }
  const { code, stdout } = await packerTs(line, {
    cwd,
    input,
    env: { NO_COLOR: undefined, PACKER_NO_COLOR: undefined },
  });
  const left = readdirSync(cwd).map((name) =>
    name.includes(".") ? `${name}: ${readFileSync(join(cwd, name), "utf8").length}` : name,
  );
  const said = stdout
    .replaceAll(/after [\d a-z.]+/g, "after …")
    .replaceAll(/packer-[\w-]*\d\w*/g, "…")
    .replaceAll(/^\d{10}/gm, "…");
  return JSON.stringify([code, said, left]);
}

async function differs(test: TestContext, command: string, pair: Pair): Promise<void> {
  const [given, without] = await Promise.all([
    runOnce(test, [command, ...pair.flag, ...pair.rest], pair),
    runOnce(test, [command, ...pair.rest], pair),
  ]);
  assert.notEqual(given, without);
}

describe("flags", { concurrency: 3 }, () => {
  for (const { name: command, options } of commands) {
    for (const [name, option] of Object.entries<CommandOption>(options)) {
      if (option.flag === false || WITHOUT_EFFECT.has(`${command}.${name}`)) {
        continue;
      }
      it(`-${name.replaceAll("_", "-")} of ${command} changes something`, async (t) => {
        const proof = PROOFS[command]?.[name];
        if (proof === undefined) {
          const flag = `-${name.replaceAll("_", "-")}`;
          assert.ok(isTested(flag), `No proof that ${flag} of ${command} does anything`);
        } else if ("test" in proof) {
          const text = readFileSync(join(projectRoot, proof.test), "utf8");
          assert.match(text, new RegExp(name.replaceAll("_", "[-_]")));
        } else {
          await differs(t, command, proof);
        }
      });
    }
  }
  for (const [name, pair] of Object.entries(VOICE)) {
    it(`-${name.replaceAll("_", "-")} changes something`, (t) => differs(t, "build", pair));
  }
});

/** Whether a test of the command line gives the flag. */
function isTested(flag: string): boolean {
  const asInput = new RegExp(`["'\`]?\\b${flag.slice(1)}["'\`]?\\s*:`);
  return testTexts().some((text) => text.includes(`"${flag}`) || text.includes(`\`${flag}`) || asInput.test(text));
}

function testTexts(): readonly string[] {
  const folder = join(projectRoot, "test", "e2e");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && name !== "declared-flags.test.ts")
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

describe("inputs", () => {
  it("are each set by a test that runs the action", () => {
    const offered = commands.filter(({ isTerminalOnly }) => isTerminalOnly !== true);
    const options = [actionOptions, ...offered.map((command) => command.options)];
    const names = options.flatMap((schema) =>
      Object.entries<CommandOption>(schema).flatMap(([name, option]) => nameInput(name, option) ?? []),
    );
    const reap = readFileSync(join(projectRoot, "src/command/reap/reap.test.ts"), "utf8").replaceAll(
      "dry_run",
      "dry-run",
    );
    const texts = [...testTexts(), reap];
    const unset = [...new Set(names)].filter((name) => {
      const set = new RegExp(`["'\`]?\\b${name}["'\`]?\\s*[:,}]`);
      return !texts.some((text) => set.test(text));
    });
    assert.deepEqual(unset, []);
  });
});

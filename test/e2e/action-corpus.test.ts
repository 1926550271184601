// Real templates from public repositories through the action: whatever it thinks of them, it says so and ends by itself.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { projectRoot } from "../packer-ts.ts";
import { fakeRunner, readLog, type StepResult } from "./action-runner.ts";

/** The corpus is no part of the project: it lies beside the checkout, or where `PACKER_TS_CORPUS` says. */
const corpus = resolve(process.env["PACKER_TS_CORPUS"] ?? join(projectRoot, "../shared/corpus"));

/** More at once are not faster on the two cores of a runner. */
const AT_ONCE = 2;

interface Entry {
  readonly path: string;
  readonly kind: string;
  readonly cwd: string;
  readonly cases?:
    | readonly {
        readonly name: string;
        readonly var_files: readonly string[];
        readonly vars: Readonly<Record<string, string>>;
      }[]
    | undefined;
}

interface Case {
  readonly name: string;
  readonly cwd: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Each template with each set of variables that its repository has for it. */
function casesOf({ path, cwd, cases }: Entry): Case[] {
  const given = cases ?? [{ name: "default", var_files: [], vars: {} }];
  return given.map(({ name, var_files: files, vars }) => {
    const inputs = {
      template: relative(cwd, path) || ".",
      "var-files": files.map((file) => relative(cwd, file)).join("\n"),
      vars: Object.keys(vars).length === 0 ? "" : JSON.stringify(vars),
    };
    return { name: `${path} (${name})`, cwd: join(corpus, cwd), inputs };
  });
}

function readCorpus(): Case[] {
  const { templates } = JSON.parse(readFileSync(join(corpus, "INDEX.json"), "utf8")) as {
    readonly templates: readonly Entry[];
  };
  return templates.filter(({ kind }) => kind === "json" || kind === "hcl2").flatMap(casesOf);
}

/** What is wrong with how the step ended; nothing when all is well. */
function faultsOf(
  { code, signal, stdout, stderr, outputs, summary }: StepResult,
  outcomes: readonly string[],
): string[] {
  const { outcome = "", "failure-class": failure } = outputs;
  const faults = [
    signal === null && (code === 0 || code === 1) ? "" : `ended with ${code ?? signal}`,
    /\[run\/bug\]|fault of the (?:action|program)/.test(stdout) || failure === "bug" ? "a fault of the action" : "",
    /could not be written/.test(stdout) ? "the summary or the SARIF file could not be written" : "",
    stderr === "" ? "" : `on standard error: ${stderr}`,
    outcomes.includes(outcome) ? "" : `the outcome is "${outcome}"`,
    /[✅❌] \w+ in \d/u.test(summary) ? "" : "no summary",
    (code === 0) === (outcome === "valid") ? "" : `ended with ${code} and the outcome "${outcome}"`,
    code !== 0 && !/^::error /m.test(stdout) ? "failed without an annotation" : "",
  ];
  return faults.filter((fault) => fault !== "");
}

/** What is wrong with the SARIF file. */
function sarifFaultsOf(path: string, { stdout }: StepResult): string[] {
  if (!existsSync(path)) {
    return ["no SARIF file"];
  }
  const { version, runs } = JSON.parse(readFileSync(path, "utf8")) as {
    readonly version: string;
    readonly runs: readonly {
      readonly results: readonly {
        readonly message: { readonly text: string };
        readonly locations: readonly object[];
      }[];
    }[];
  };
  const results = runs[0]?.results ?? [];
  const annotations = readLog(stdout).filter(({ command }) => command === "error" || command === "warning").length;
  const faults = [
    version === "2.1.0" ? "" : `SARIF ${version}`,
    results.every(({ message }) => message.text !== "") ? "" : "a SARIF result without text",
    results.every(({ locations }) => locations.length === 1) ? "" : "a SARIF result without a place",
    results.length >= annotations ? "" : `${annotations} annotations but ${results.length} SARIF results`,
  ];
  return faults.filter((fault) => fault !== "");
}

async function faultsWith(t: TestContext, command: string, { cwd, inputs }: Case): Promise<string[]> {
  const runner = fakeRunner(t);
  const sarif = join(runner.temp, "found.sarif");
  const given = { ...inputs, command, sarif, "working-directory": cwd };
  const result = await runner.run(given, { GITHUB_WORKSPACE: corpus });
  return [...faultsOf(result, ["valid", "invalid"]), ...sarifFaultsOf(sarif, result)];
}

async function everyFault(t: TestContext, command: string, cases: readonly Case[]): Promise<string[]> {
  const found: string[] = [];
  const waiting = cases.values();
  const worker = async (): Promise<void> => {
    for (const one of waiting) {
      const faults = await faultsWith(t, command, one);
      if (faults.length > 0) {
        found.push(`${one.name}: ${faults.join("; ")}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

describe("action/corpus", () => {
  /** Takes every `nth` case, for what the commands share need not be looked at each time. */
  const check = (command: string, nth: number): void => {
    it(`${command} ends every real template with a verdict, a summary and a SARIF file`, {
      timeout: 600_000,
    }, async (t) => {
      if (!existsSync(join(corpus, "INDEX.json"))) {
        t.diagnostic(`There is no corpus in ${corpus}. Set PACKER_TS_CORPUS to a folder that has one.`);
        t.skip("needs a corpus of templates, which is no part of the project");
        return;
      }
      const cases = readCorpus().filter((_, i) => i % nth === 0);
      const began = Date.now();
      const faults = await everyFault(t, command, cases);
      t.diagnostic(`${cases.length} runs in ${Math.round((Date.now() - began) / 1000)} s`);
      assert.ok(cases.length > 20);
      assert.deepEqual(faults, []);
    });
  };
  check("validate", 1);
  check("inspect", 9);
  check("plan", 9);
});

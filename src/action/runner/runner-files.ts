// The files through which a step hands values to the runner: outputs, state and the summary.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#environment-files
import { appendFileSync, statSync, truncateSync } from "node:fs";
import { EOL } from "node:os";
import type { Random } from "../../host/host.ts";

/** What a runner gives a step beside its log. Each part does nothing where there is no runner. */
export interface RunnerFiles {
  setOutput(name: string, value: string): void;
  /** Kept for the post step. */
  saveState(name: string, value: string): void;
  /** What main saved; for the post step. */
  state(name: string): string;
  /** Puts a folder before all others on the PATH of later steps; false where no runner can be told. */
  addPath(folder: string): boolean;
  /** Appends Markdown to the page of the run. */
  addSummary(markdown: string): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function openRunnerFiles(env: Environment, random: Pick<Random, "uuid">): RunnerFiles {
  const append = (variable: string, text: string): boolean => {
    const file = env[variable];
    if (file) {
      appendWhole(file, text);
    }
    return Boolean(file);
  };
  const setValue = (variable: string, name: string, value: string): void =>
    void append(variable, writeEntry(name, value, random));
  return {
    setOutput: (name, value) => setValue("GITHUB_OUTPUT", name, value),
    saveState: (name, value) => setValue("GITHUB_STATE", name, value),
    state: (name) => env[`STATE_${name}`] ?? "",
    addPath: (folder) => append("GITHUB_PATH", `${folder}${EOL}`),
    addSummary: (markdown) => void append("GITHUB_STEP_SUMMARY", markdown),
  };
}

/** Half an entry would spoil those that the runner could read. */
function appendWhole(file: string, text: string): void {
  const before = statSync(file, { throwIfNoEntry: false });
  try {
    appendFileSync(file, text, "utf8");
  } catch (thrown) {
    if (before?.isFile()) {
      truncateSync(file, before.size);
    }
    throw thrown;
  }
}

/** The delimiter cannot be guessed, so no value can end its entry and begin one of its own. */
function writeEntry(name: string, value: string, random: Pick<Random, "uuid">): string {
  let delimiter: string;
  do {
    delimiter = `ghadelimiter_${random.uuid()}`;
  } while (value.includes(delimiter));
  return `${name}<<${delimiter}${EOL}${value}${EOL}${delimiter}${EOL}`;
}

/** Variables by which the runner is steered, or that open doors: not for templates and the programs they start. */
export const OURS =
  /^(INPUT_|STATE_|ACTIONS_(RUNTIME|ID_TOKEN|CACHE|RESULTS)_|GITHUB_(OUTPUT|STATE|ENV|PATH|STEP_SUMMARY)$)/i;

/** The environment that templates, scripts and tools may see. */
export function readEnvironmentForTemplates(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OURS.test(name)));
}

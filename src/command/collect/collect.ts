// `collect`: the results of builds that ran on several machines as those of one run.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { speakDuration } from "../../core/spoken-duration.ts";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import { option } from "../../sdk/option.ts";
import { type CommandContext, defineCommand, edge } from "../command.ts";
import type { ResultBuild } from "../recorded-run.ts";
import { readExpected } from "./expected.ts";
import { findResults } from "./find-results.ts";
import { type JobResults, jobResults } from "./job-results.ts";
import { formatManifest } from "./manifest.ts";
import { type Merged, merge } from "./merge.ts";

export const collect = defineCommand({
  name: "collect",
  summary: "Merges the results of builds that ran on several machines",
  description:
    "Reads the result files that builds of the action left, each on its own machine, and makes one manifest and one overview of them. A folder stands for the results in it. The exit status is 1 when a build failed or left no result.",
  argument: "FOLDER",
  severalArguments: true,
  templateUse: "none",
  takesResults: true,
  options: {
    results: edge(
      option.strings({
        description:
          "Files with the results of builds, folders with such files in them, or patterns. Those that builds uploaded as `result-artifact` unless set.",
      }),
      { flag: false },
    ),
    matrix: edge(
      option.string({
        description:
          "The output `matrix` of `plan`: a build in it that left no result is missing, and results of other builds are left out.",
      }),
      { placeholder: "JSON|path" },
    ),
    manifest: edge(
      option.string({ default: "packer-manifest.json", description: "Where to write the manifest of all artifacts." }),
      {
        placeholder: "path",
        input: false,
      },
    ),
  },
  async run(config, folder, context) {
    const { face, host, moreArguments = [] } = context;
    const jobs = context.services?.find(jobResults);
    const given = [...(folder === "" ? [] : [folder, ...moreArguments]), ...config.results];
    const paths = given.length > 0 ? given : await download(jobs);
    const manifest = jobs?.manifest ?? config.manifest;
    const expected = config.matrix === undefined ? undefined : await readExpected(config.matrix, host.cwd);
    if (expected !== undefined && "diagnostic" in expected) {
      face.diagnostics([expected.diagnostic], new Map());
      return { exitCode: 1, diagnostics: [expected.diagnostic] };
    }
    const found = await findResults(paths, host.cwd);
    const merged = merge(found.results, expected?.builds);
    const diagnostics = [...found.diagnostics, ...merged.diagnostics];
    face.diagnostics(diagnostics, new Map());
    const manifestPath = resolve(host.cwd, manifest);
    await write(manifestPath, merged);
    show(merged, found.results.length, manifest, context);
    const isComplete = merged.builds.every(({ outcome }) => outcome === "built" || outcome === "unchanged");
    const { builds, uploaded, compared, runUuid } = merged;
    const artifacts = merged.artifacts.map(({ artifact }) => artifact);
    return {
      exitCode: isComplete && !hasErrors(diagnostics) ? 0 : 1,
      outcome: "built",
      // Nothing is wrong with a template; what is wrong has been said.
      diagnostics: [],
      recorded: { builds, artifacts, uploaded, compared, runUuid, manifestPath },
    };
  },
});

async function download(jobs: JobResults | undefined): Promise<readonly string[]> {
  return jobs?.download === undefined ? [] : [await jobs.download()];
}

async function write(path: string, { artifacts, runUuid }: Merged): Promise<void> {
  const entries = artifacts.map(({ artifact, runUuid: own, endedAt }) => ({ ...artifact, runUuid: own, endedAt }));
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, formatManifest(entries, runUuid));
  } catch (thrown) {
    throw failure("environment", "collect/unwritable", `${path} could not be written`, {
      detail: readMessage(thrown),
      cause: thrown,
    });
  }
}

function show({ builds }: Merged, results: number, manifest: string, { face }: CommandContext): void {
  const lines = [`Collected ${count(builds.length, "build")} from ${count(results, "result")}:`, ""];
  for (const build of builds) {
    face.machine("collected-build", build.template, build.name, build.outcome ?? "cancelled");
    lines.push(`  ${build.name}: ${describeEnd(build)}`);
    for (const { text, nil } of build.artifacts) {
      if (nil !== true) {
        lines.push(`    --> ${text.split("\n")[0]}`);
      }
    }
  }
  lines.push("", `The manifest is ${manifest}`);
  face.say(lines.join("\n"));
}

function describeEnd({ outcome, milliseconds, error, failedIn }: ResultBuild): string {
  if (outcome === "failed") {
    return `failed${failedIn === undefined ? "" : ` in ${failedIn}`}: ${(error ?? "").split("\n")[0]}`;
  }
  return outcome === "built" ? `built after ${speakDuration(milliseconds)}` : (outcome ?? "cancelled");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

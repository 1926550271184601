// Which machine of GitHub's a build runs on.
import { globPattern } from "../../template/blocks/glob.ts";
import type { PlannedBuild } from "../../template/plan.ts";

/** What `runs-on` of a job takes: a label, several labels, or a group. */
export type RunsOn = string | readonly unknown[] | Readonly<Record<string, unknown>>;

const LINUX = "ubuntu-latest";
const LINUX_ARM = "ubuntu-24.04-arm";
const WINDOWS = "windows-latest";

/** Labels that the user chose, by the type of a builder or a pattern for the names of builds. */
export type Runners = Readonly<Record<string, string>>;

/** The runner for a build: what the user chose for its name, else for its builder, else what the build needs. Of several patterns that fit the last one counts. */
export async function chooseRunner(build: PlannedBuild, runners: Runners): Promise<RunsOn> {
  const named = Object.keys(runners).findLast((pattern) => globPattern(pattern)?.test(build.name) === true);
  const chosen = runners[named ?? build.builderType];
  return chosen === undefined ? findNeed(build) : runsOn(chosen);
}

/** The keys that fit no build. */
export function findUnusedRunners(builds: readonly PlannedBuild[], runners: Runners): readonly string[] {
  return Object.keys(runners).filter(
    (key) => !builds.some(({ name, builderType }) => key === builderType || globPattern(key)?.test(name) === true),
  );
}

/** GitHub's Linux machines have Docker and, unless they are ARM, KVM; Windows containers only run on Windows. */
async function findNeed({ builder }: PlannedBuild): Promise<string> {
  const { config } = await builder.prepare();
  const { os, arch } = builder.component.needs?.(config) ?? {};
  if (os === "windows") {
    return WINDOWS;
  }
  return arch === "arm" ? LINUX_ARM : LINUX;
}

/** Labels and groups come as JSON. */
function runsOn(text: string): RunsOn {
  if (!/^\s*[[{]/.test(text)) {
    return text;
  }
  try {
    return JSON.parse(text) as RunsOn;
  } catch {
    // A label may begin with anything.
    return text;
  }
}

// What the builds of a template would do, as plain data.
import { NO_CONNECTION } from "../../sdk/communicator.ts";
import type { PlannedBuild } from "../../template/plan.ts";
import type { RunsOn } from "./matrix-runner.ts";

/** One build that would run. */
export interface BuildFacts {
  readonly name: string;
  /** The value of `only` that selects this build and no other; missing when it is the only one and has another name in every run. */
  readonly only?: string | undefined;
  readonly builder: string;
  readonly communicator: string;
  /** `TYPE`, or `TYPE.NAME` of one with a name. */
  readonly provisioners: readonly string[];
  readonly postProcessors: readonly (readonly string[])[];
  readonly runner: RunsOn;
}

/** What a build would do. */
export function pickFacts(build: PlannedBuild, only: string | undefined, runner: RunsOn): BuildFacts {
  return {
    name: build.name,
    only,
    builder: build.builderType,
    communicator: build.communicator?.component.type ?? NO_CONNECTION,
    provisioners: build.provisioners.map(({ type, name }) => nameStep(type, name)),
    postProcessors: build.postProcessors.map((sequence) => sequence.map(({ type, name }) => nameStep(type, name))),
    runner,
  };
}

function nameStep(type: string, name: string | undefined): string {
  return name === undefined || name === type ? type : `${type}.${name}`;
}

// Files and folders that a build writes for itself: two builds of one run cannot both have the same.
import { resolve } from "node:path";
import { BuildError } from "../diagnostic/build-error.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { BuildIdentity } from "../sdk/run.ts";
import type { PlannedComponent, Prepared } from "../template/plan.ts";

/** What the builds of one run write, and which of them does. */
export class OutputClaims {
  readonly #owners = new Map<string, string>();

  /** The build that has the path already; otherwise it is this one's from now on. */
  take(path: string, build: string): string | undefined {
    const owner = this.#owners.get(path);
    if (owner === undefined) {
      this.#owners.set(path, build);
    }
    return owner === build ? undefined : owner;
  }
}

/** What is known of a build that is about to write. */
interface Writer {
  readonly planned: { readonly name: string };
  readonly identity: BuildIdentity;
  readonly host: { readonly cwd: string };
  readonly outputs: OutputClaims;
  generated(): GeneratedData;
}

/** Notes what a component is about to write; throws when another build of the run writes it. */
export function claimOutputs(build: Writer, planned: PlannedComponent, { config }: Prepared): void {
  const { identity, host } = build;
  const data = { ...build.generated(), BuildName: identity.name, BuilderType: identity.builderType };
  for (const written of planned.component.writes?.(config, identity) ?? []) {
    // Whether those with the same content collide is known before anything is built.
    if (written.path === "" || written.mayBeShared === true || written.content !== undefined) {
      continue;
    }
    const path = written.path.includes("{{") ? planned.render(written.path, data, build.generated()) : written.path;
    const other = build.outputs.take(resolve(host.cwd, path), build.planned.name);
    if (other !== undefined) {
      throw new BuildError("template", reportSharedOutput(planned, path, [other, build.planned.name]));
    }
  }
}

/** What is said of two builds that would overwrite each other's output. */
function reportSharedOutput(
  planned: Pick<PlannedComponent, "label" | "range">,
  path: string,
  builds: readonly [string, string],
): Diagnostic {
  const [first, second] = builds;
  return {
    code: "output/shared",
    severity: "error",
    summary: `The builds "${first}" and "${second}" both write to "${path}"`,
    detail: "One of them would overwrite what the other has made.",
    hint: "Give each build a path of its own, such as one with the build's name in it, or choose one of them with -only.",
    within: planned.label,
    subject: planned.range,
  };
}

// The command `collect` as the action runs it: results come from folders or from the workflow run, and become this step's own.
import { join } from "node:path";
import type { Collected } from "../../command/collect/collected.ts";
import type { BuildRecord, RunRecord } from "./run-record.ts";

/** Where results come from, and where the manifest goes. */
export interface CollectPlace {
  readonly cwd: string;
  readonly temp: string | undefined;
  readonly uuid: string;
  /** Downloads what other jobs uploaded; gives its folder. */
  readonly download: (() => Promise<string>) | undefined;
}

/** The configuration of `collect`, completed with what only a runner knows. */
export async function collectConfig(
  config: Readonly<Record<string, unknown>>,
  place: CollectPlace,
): Promise<Record<string, unknown>> {
  const { temp, uuid, cwd, download } = place;
  const given = config["results"] as readonly string[];
  const results = given.length > 0 || download === undefined ? given : [await download()];
  return { ...config, results, manifest: join(temp || cwd, `packer-manifest-${uuid}.json`) };
}

/** Makes what other jobs built this step's own; gives the templates. */
export function takeCollected(record: RunRecord, { builds, compared, runUuid }: Collected): readonly string[] {
  record.runUuid = runUuid;
  record.builds.push(...builds.map((build) => ({ ...build, spans: [...build.spans] }) as BuildRecord));
  record.compared.push(...compared.map((one) => ({ ...one, builtAt: one.builtAt })));
  return [...new Set(builds.map(({ template }) => template))];
}

/** What is known of a failure that no build is the reason of: results that did not arrive are no mistake of a template. */
export function collectedFailure({ builds }: RunRecord, failureClass: string): string {
  return failureClass === "" || builds.some(({ outcome }) => outcome === "failed") ? failureClass : "environment";
}

// What is left of a machine: its files.
import type { Artifact } from "../../sdk/artifact.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { noteFiles } from "../../step/artifact-files.ts";
import { findOutputDirectory, listFiles } from "../../step/output-folder.ts";
import type { Disk, QemuConfig } from "./facts.ts";

/** The machine's folder as an artifact. */
export async function makeMachineArtifact(
  config: QemuConfig,
  disks: readonly Disk[],
  accelerator: string,
  run: BuildRun,
): Promise<Artifact> {
  const directory = findOutputDirectory(config, run.build);
  const { cwd } = run.host;
  const facts: Readonly<Record<string, unknown>> = {
    diskName: disks[0]?.path.split(/[\\/]/).at(-1),
    diskPaths: disks.map(({ path }) => path),
    diskType: config.format,
    diskSize: disks[0]?.size,
    domainType: accelerator,
    generated_data: run.generated,
  };
  return {
    builderId: "transcend.qemu",
    id: "VM",
    files: await listFiles(directory, cwd),
    describe: () => `VM files in directory: ${directory}`,
    state: (name) => facts[name],
    destroy: await noteFiles([directory], run),
  };
}

// Builder "docker": provisions a container and makes an image or an archive of it (https://developer.hashicorp.com/packer/integrations/hashicorp/docker).
import { loadContainerClient, openContainer } from "../../driver/docker/container.ts";
import type { DockerProgram } from "../../driver/docker/program.ts";
import { type BuildRun, defineBuilder } from "../../sdk/builder.ts";
import type { ConnectTarget } from "../../sdk/communicator-kind.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { giveContainer } from "../../step/container-target.ts";
import { chooseDocker } from "../../step/docker-program.ts";
import { partialFile } from "../../step/whole-file.ts";
import { obtainBaseImage } from "./base-image.ts";
import { readIgnoredFiles } from "./build-context.ts";
import { findCurrentBase, hasImage } from "./look.ts";
import { findMachineNeeds } from "./machine-needs.ts";
import { dockerOptions } from "./options.ts";
import { commitContainer, discardContainer, exportContainer } from "./outcome.ts";
import { checkDocker } from "./prepare.ts";
import { sharedFolder, shareFolder } from "./shared-folder.ts";
import { container, findContainerDir, openRunningContainer, startContainer } from "./start-container.ts";

type Config = ConfigOf<typeof dockerOptions>;

/** Builds container images without a Dockerfile. */
export const docker = defineBuilder({
  type: "docker",
  summary: "Starts a container, has it provisioned, and commits or exports it.",
  options: dockerOptions,
  communicators: ["docker", "ssh", "winrm", "none"],
  reads: ({ build }) => (build === undefined ? [] : [build.path, build.build_dir]),
  leavesOut: ({ build }, cwd) => (build === undefined ? () => false : readIgnoredFiles(build, cwd)),
  prepare: checkDocker,
  base: findCurrentBase,
  needs: findMachineNeeds,
  exists: hasImage,
  writes: ({ export_path }) => (export_path ? [{ option: "export_path", path: export_path, is: "file" }] : []),
  resources: [container, sharedFolder, partialFile],

  async build(config, run) {
    const program = chooseDocker(config, run);
    const hostDir = await run.step("Share a folder", () => shareFolder(run));
    const image = await run.step("Get the image", () => obtainBaseImage(config, run, program));
    const id = await run.step("Start the container", () => start(config, { image, hostDir, program }, run));
    const communicator = await run.connect(makeTarget(config, id, { hostDir, program }, run));
    await run.provision(communicator);
    if (config.discard) {
      return discardContainer(run);
    }
    if (config.commit) {
      return run.step("Commit the container", () => commitContainer(config, id, run, program));
    }
    return run.step("Export the container", () => exportContainer(config, id, run, program));
  },
});

interface Start {
  readonly image: string;
  /** Folder of ours that the container sees as one of its own. */
  readonly hostDir: string;
  readonly program: DockerProgram;
}

async function start(
  config: Config,
  { image, hostDir, program }: Start,
  run: BuildRun<typeof container>,
): Promise<string> {
  const [id] = await Promise.all([startContainer(config, image, hostDir, run), loadContainerClient()]);
  const opened = await openContainer(program, id, run.signal);
  const source = await opened.image(run.signal);
  run.publish({ ID: id, SourceImageSha256: source?.id ?? "", SourceImageDigest: source?.digests[0] ?? "" });
  return id;
}

function makeTarget(
  config: Config,
  id: string,
  { hostDir, program }: Pick<Start, "hostDir" | "program">,
  run: BuildRun,
): ConnectTarget {
  return {
    host: async () => (await openRunningContainer(program, id, run.signal)).address,
    own: giveContainer({
      id,
      executable: config.docker_path,
      execUser: config.exec_user ?? "",
      pty: config.pty,
      windows: config.windows_container,
      fixUploadOwner: config.fix_upload_owner,
      hostDir,
      containerDir: findContainerDir(config),
    }),
  };
}

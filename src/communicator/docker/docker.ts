// Communicator "docker": commands and files of a container, without anything listening in it.
import { failure } from "../../diagnostic/build-error.ts";
import { defineCommunicator } from "../../sdk/communicator-kind.ts";
import { readContainer } from "../../step/container-target.ts";

/** Reaches the container that the docker builder started. */
export const docker = defineCommunicator({
  type: "docker",
  summary: "Runs commands in a container of the docker builder and copies files into and out of it.",
  options: {},

  async connect(_config, target, run) {
    const container = readContainer(target);
    if (container === undefined) {
      throw failure(
        "template",
        "docker/exec",
        'The communicator "docker" only works with a builder that makes containers',
        {
          hint: 'Use "ssh", "winrm" or "none" with this builder.',
        },
      );
    }
    const { openContainer } = await import("../../driver/docker/container.ts");
    const opened = await openContainer({ host: run.host, executable: container.executable }, container.id, run.signal);
    if (container.windows) {
      return (await import("./windows-container.ts")).openWindowsContainer(opened, container, run);
    }
    return (await import("./linux-container.ts")).openLinuxContainer(opened, container, run);
  },
});

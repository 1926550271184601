// Communicator "docker": commands and files of a container, without anything listening in it.
import { failure } from "../../diagnostic/build-error.ts";
import { openContainer } from "../../driver/docker/container.ts";
import { defineCommunicator } from "../../sdk/communicator.ts";
import { linuxContainer } from "./linux-container.ts";
import { windowsContainer } from "./windows-container.ts";

/** Reaches the container that the docker builder started. */
export const docker = defineCommunicator({
  type: "docker",
  summary: "Runs commands in a container of the docker builder and copies files into and out of it.",
  options: {},

  async connect(_config, target, run) {
    const { container } = target;
    if (container === undefined)
      throw failure("template", "docker/exec", 'The communicator "docker" only works with a builder that makes containers', {
        hint: 'Use "ssh", "winrm" or "none" with this builder.',
      });
    const opened = await openContainer({ host: run.host, executable: container.executable }, container.id, run.signal);
    return container.windows ? windowsContainer(opened, container, run) : linuxContainer(opened, container, run);
  },
});

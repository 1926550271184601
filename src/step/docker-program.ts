// The docker program of this machine, which builds and post-processors of images use.
import type { DockerProgram } from "../driver/docker/program.ts";
import type { Host } from "../host/host.ts";
import { type ConfigOf, option } from "../sdk/option.ts";

const options = Object.freeze({
  docker_path: option.string({
    description: "The docker program, or one that takes the same arguments.",
    default: "docker",
    example: "podman",
  }),
});

/** Which program it is. */
export const dockerProgramStep = Object.freeze({ options });

/** The program that the template wants. */
export function chooseDocker(
  { docker_path: executable }: ConfigOf<typeof options>,
  { host }: { readonly host: Host },
): DockerProgram {
  return { host, executable };
}

// What users can say about a container that is built upon.
import { option } from "../../sdk/option.ts";
import { dockerProgramStep } from "../../step/docker-program.ts";
import { registryLoginStep } from "../../step/registry-login.ts";

const dockerfileOptions = Object.freeze({
  path: option.string({ description: "Path of the Dockerfile.", required: true, example: "Dockerfile" }),
  build_dir: option.string({
    description: "The folder that is sent to the engine as the build context.",
    default: ".",
  }),
  arguments: option.stringMap({ description: "Build arguments by name.", example: { VERSION: "1.2" } }),
  pull: option.bool({
    description: "Look for newer versions of the images that the Dockerfile starts from.",
    default: true,
  }),
  compress: option.bool({ description: "Compress the build context on its way to the engine.", default: false }),
});

/** The options of the docker builder. */
export const dockerOptions = Object.freeze({
  image: option.string({
    description: "The image to start the container from.",
    conflicts: ["build"],
    example: "debian:bookworm-slim",
  }),
  build: option.block(dockerfileOptions, {
    description: "A Dockerfile to build first; the container starts from its image.",
  }),
  commit: option.bool({ description: "Make an image of the provisioned container.", default: false }),
  discard: option.bool({ description: "Throw the provisioned container away.", default: false }),
  export_path: option.string({
    description: "File to write the container's file system to, as a tar archive.",
    example: "image.tar",
  }),
  author: option.string({ description: "The author of the image that `commit` makes." }),
  message: option.string({ description: "The commit message of the image that `commit` makes." }),
  changes: option.strings({
    description: "Dockerfile instructions for the image that `commit` makes.",
    example: ["USER www-data", "ENV HOSTNAME www.example.com", 'ENTRYPOINT ["/start.sh"]'],
  }),
  run_command: option.strings({
    description:
      "Arguments of `docker run`. The container must stay up and leave the terminal, so `-d` is needed. " +
      'Unless set: `["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"]`, with `--entrypoint=powershell` for Windows containers.',
    renderedLate: true,
    templateData: ["Image"],
    example: ["-d", "-i", "-t", "--entrypoint=/bin/bash", "--", "{{.Image}}"],
  }),
  pull: option.bool({ description: "Pull the image first, so that the newest one is used.", default: true }),
  platform: option.string({
    description: "The platform of the image when it exists for several.",
    example: "linux/arm64",
  }),
  privileged: option.bool({ description: "Give the container all rights on this machine.", default: false }),
  device: option.strings({ description: "Devices of this machine for the container.", example: ["/dev/fuse"] }),
  cap_add: option.strings({ description: "Linux capabilities to add.", example: ["NET_ADMIN"] }),
  cap_drop: option.strings({ description: "Linux capabilities to take away.", example: ["MKNOD"] }),
  tmpfs: option.strings({
    description:
      "Folders of the container that are kept in memory. What is uploaded there is not in the image. Programs in it can be run unless options follow, as in `/run:noexec`.",
    example: ["/run"],
  }),
  volumes: option.stringMap({
    description: "Folders of this machine, and where the container sees them.",
    example: { "/srv/cache": "/var/cache/apt" },
  }),
  runtime: option.string({
    description: "The container runtime to use instead of the engine's default.",
    example: "runsc",
  }),
  pty: option.bool({ description: "Run commands with a terminal.", default: false }),
  exec_user: option.string({
    description: "User, as name or id with an optional group, that commands run as.",
    example: "1000:1000",
  }),
  container_dir: option.string({
    description:
      "Where the container sees the folder that it shares with this machine. Unless set `/packer-files`, or `c:/packer-files` on Windows.",
  }),
  fix_upload_owner: option.bool({
    description: "Give uploaded files to the user that the container runs as.",
    default: true,
  }),
  windows_container: option.bool({ description: "The container runs Windows.", default: false }),
  ...dockerProgramStep.options,
  ...registryLoginStep.options,
});

// What the options of the qemu builder must fulfil together.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseBootCommand } from "../../driver/boot-command/boot-command.ts";
import { holds, realPath } from "../../driver/local-files/own-path.ts";
import type { PrepareContext } from "../../sdk/component.ts";
import { checkBoot } from "../../step/boot-command.ts";
import { checkCd } from "../../step/cd.ts";
import { checkFloppy } from "../../step/floppy.ts";
import { checkHttp } from "../../step/http-server.ts";
import { checkIso, isoSources } from "../../step/iso.ts";
import { checkOwnPath } from "../../step/own-path.ts";
import { shutDownStep } from "../../step/shut-down.ts";
import { hostPorts, isDiskSize, outputDirectory, type QemuConfig, vncPorts } from "./facts.ts";

/** Reports every mistake. */
export function checkQemu(config: QemuConfig, context: PrepareContext): void {
  // As Packer: what is not downloaded is not checked.
  checkIso(config.iso_skip_cache ? { ...config, iso_checksum: "none" } : config, context);
  checkHttp(config, context);
  checkFloppy(config, context);
  checkCd(config, context);
  checkDisks(config, context);
  checkMachine(config, context);
  checkPorts(config, context);
  checkBootCommand(config, context);
  checkOutput(config, context);
  shutDownStep.check(config, context);
}

function checkDisks(config: QemuConfig, context: PrepareContext): void {
  const sizeHint = { hint: "Write a whole number and a unit, such as 8G or 40960M." };
  if (!isDiskSize(config.disk_size)) {
    context.problem("disk_size", "Invalid disk size.", sizeHint);
  }
  for (const size of config.disk_additional_size) {
    if (!isDiskSize(size)) {
      context.problem("disk_additional_size", `Invalid disk size: "${size}".`, sizeHint);
    }
  }
  if (config.format === "raw" && config.disk_compression) {
    context.warn(
      "disk_compression",
      "disk_compression does nothing for the format raw: such a disk is left as the machine wrote it",
    );
  }
  if (config.use_backing_file && !(config.disk_image && config.format === "qcow2")) {
    context.problem(
      "use_backing_file",
      "use_backing_file can only be enabled for QCOW2 images and when disk_image is true",
    );
  }
  if (config.skip_resize_disk && !config.disk_image) {
    context.problem("skip_resize_disk", "skip_resize_disk can only be used when disk_image is true");
  }
}

function checkMachine(config: QemuConfig, context: PrepareContext): void {
  if (config.net_bridge && context.host.platform !== "linux") {
    context.problem("net_bridge", "bridge networking is only supported on Linux");
  }
  if (config.use_pflash && !config.firmware) {
    context.problem("use_pflash", "use_pflash needs a firmware", { hint: 'Name its file: "firmware".' });
  }
}

function checkPorts(config: QemuConfig, context: PrepareContext): void {
  const host = hostPorts(config);
  if (context.communicator?.type !== "none" && host.from > host.to) {
    context.problem("host_port_min", "host_port_min must be less than host_port_max");
  }
  const vnc = vncPorts(config);
  if (vnc.from > vnc.to) {
    context.problem("vnc_port_min", "vnc_port_min must be less than vnc_port_max");
  }
  if (vnc.from < 5900) {
    context.problem("vnc_port_min", "vnc_port_min cannot be below 5900", {
      hint: "The screens of QEMU are counted from port 5900 on.",
    });
  }
}

function checkBootCommand(config: QemuConfig, context: PrepareContext): void {
  checkBoot(config, context);
  if (config.boot_command.length > 0 && config.boot_steps.length > 0) {
    context.problem("boot_steps", "Both boot command and boot steps cannot be used.", {
      hint: "Leave one of the two out.",
    });
  }
  const texts: readonly (readonly [string, string])[] = [
    ["boot_command", config.boot_command.join("")],
    ...config.boot_steps.map(([command = ""]) => ["boot_steps", command] as const),
  ];
  for (const [option, text] of texts) {
    for (const problem of parseBootCommand(text).problems) {
      context.problem(option, problem);
    }
  }
  for (const step of config.boot_steps) {
    if (step.length === 0 || step.length > 2) {
      context.problem("boot_steps", "A boot step is a list of a command and a description", {
        hint: 'Such as ["<enter>", "Start"].',
      });
    }
  }
}

function checkOutput(config: QemuConfig, context: PrepareContext): void {
  const directory = outputDirectory(config, context.build);
  const path = resolve(context.host.cwd, directory);
  if (context.isPending("output_directory")) {
    return;
  }
  // Where nothing may be read it may still be written to.
  if (context.host.files.refusal(path) !== undefined || !existsSync(path)) {
    return;
  }
  if (!checkOwnPath("output_directory", directory, context)) {
    return;
  }
  const inside = diskSources(config).find((source) =>
    holds(realPath(path), realPath(resolve(context.host.cwd, source))),
  );
  if (inside !== undefined) {
    context.problem(
      "output_directory",
      `Output directory '${directory}' holds '${inside}', which the machine starts from`,
      {
        hint: "The directory is made anew for each build: give it a name of its own.",
      },
    );
    return;
  }
  if (context.settings.force) {
    return;
  }
  context.problem("output_directory", `Output directory '${directory}' already exists. It must not exist.`, {
    hint: "Remove it, or build with -force to have it replaced.",
  });
}

/** Files of this machine that the built one starts from, or that are fetched before its folder is made. */
function diskSources(config: QemuConfig): readonly string[] {
  const local = isoSources(config).filter(
    (source) => !/^[a-z][a-z0-9+.-]+:/i.test(source) || source.startsWith("file://"),
  );
  return [
    ...local.map((source) => source.replace(/^file:\/\//, "")),
    ...(config.iso_target_path ? [config.iso_target_path] : []),
  ];
}

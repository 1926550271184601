// All that is fixed, in Packer's order: some stand on what others have done.
import { anyBuilder } from "./any-builder.ts";
import { cloudBuilders } from "./cloud-builders.ts";
import type { Fixer } from "./fixer.ts";
import { machineBuilders } from "./machine-builders.ts";
import { otherParts } from "./other-parts.ts";

export const fixers: readonly Fixer[] = [
  anyBuilder.isMd5,
  anyBuilder.createTime,
  machineBuilders.guestAdditions,
  otherParts.vagrantOverride,
  machineBuilders.virtualboxRename,
  machineBuilders.vmwareRename,
  machineBuilders.parallelsHeadless,
  machineBuilders.parallelsDeprecations,
  anyBuilder.sshKeyPath,
  anyBuilder.sshDisableAgent,
  cloudBuilders.scalewayKey,
  otherParts.manifestFilename,
  cloudBuilders.shutdownBehavior,
  cloudBuilders.enhancedNetworking,
  cloudBuilders.privateIp,
  cloudBuilders.temporaryCidrs,
  otherParts.dockerEmail,
  otherParts.dockerTags,
  otherParts.powershellEscapes,
  machineBuilders.vmwareCompaction,
  machineBuilders.hypervDeprecations,
  machineBuilders.hypervTypo,
  machineBuilders.hypervProcessor,
  anyBuilder.cleanImageName,
  cloudBuilders.spotPrice,
  machineBuilders.qemuDiskSize,
  otherParts.galaxyCommand,
  machineBuilders.forwarding,
  anyBuilder.sshWaitTimeout,
  machineBuilders.vsphere,
  anyBuilder.isoChecksum,
  machineBuilders.qemuHostPort,
  cloudBuilders.azureExclude,
  machineBuilders.proxmoxType,
];

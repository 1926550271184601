// One build of a machine, step by step.
import { dirname, join } from "node:path";
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Machine } from "../../driver/qemu/machine.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { ConnectTarget, TemporaryKey } from "../../sdk/communicator-kind.ts";
import { type Screen, typeAtBoot } from "../../step/boot-command.ts";
import type { Served } from "../../step/http-server.ts";
import { getIso } from "../../step/iso.ts";
import { findOutputDirectory, makeOutputFolder, type outputFolder } from "../../step/output-folder.ts";
import { shutDown } from "../../step/shut-down.ts";
import { makeMachineArtifact } from "./artifact.ts";
import { control, controlSockets } from "./control.ts";
import { convertCommand, convertDisk, makeDisks } from "./disks.ts";
import { type Disk, listDisks, nameMachine, type QemuConfig } from "./facts.ts";
import { copyVariables, dropVariables, requireFirmware } from "./firmware.ts";
import { findBridgedAddress } from "./guest-address.ts";
import { makeMedia } from "./media.ts";
import { type Observed, observeMachine } from "./observe.ts";
import { requireAll, requireRoom } from "./preflight.ts";
import type { tpm, virtualMachine } from "./programs.ts";
import { serve } from "./serve.ts";
import { type ReadyParts, type StartedMachine, startQemu } from "./start.ts";
import { startTpm } from "./tpm.ts";
import { watchMachine } from "./watch.ts";

/** Where a port of this machine leads to the built one. */
const LOOPBACK = "127.0.0.1";
/** Milliseconds between the last sign of a machine that is switched off and its end. */
const TO_END = 500;

type MachineRun = BuildRun<typeof virtualMachine | typeof tpm>;

/** Builds; the files that are left are the artifact. */
export async function build(config: QemuConfig, run: MachineRun & BuildRun<typeof outputFolder>): Promise<Artifact> {
  const disks = listDisks(config, run.build);
  // Before a long download, not behind it.
  requireAll(config, run);
  const source = await run.step("Get the ISO", () => getIso(config, run));
  requireRoom(config, source);
  const folder = await run.step("Make the output directory", () =>
    makeOutputFolder(findOutputDirectory(config, run.build), run),
  );
  const media = await run.step("Make floppy and CD", () => makeMedia(config, run));
  await run.step("Make the disks", () => makeDisks(config, disks, source, run));
  const served = await run.step("Serve files", () => serve(config, run));
  let accelerator: string;
  try {
    accelerator = await runMachine(
      config,
      { ...media, disks, iso: config.disk_image ? undefined : source },
      served,
      run,
    );
  } finally {
    await served.close();
  }
  await run
    .step("Convert the disk", () => finishDisks(config, disks, run))
    .catch((thrown: unknown) => {
      // The machine is whole and switched off: what remained to be done is no reason to lose it.
      if (!run.signal.aborted) {
        run.keep(folder);
      }
      throw run.signal.aborted ? thrown : explainUnfinished(thrown, config, disks, run);
    });
  run.keep(folder);
  return makeMachineArtifact(config, disks, accelerator, run);
}

/** Starts the machine, has it installed and provisioned, and ends it; gives what ran its instructions. */
async function runMachine(
  config: QemuConfig,
  parts: Omit<ReadyParts, "communicator" | "data" | "efi" | "tpm" | "dump" | "qmp">,
  { data, requests }: Served,
  run: MachineRun,
): Promise<string> {
  const communicator = await run.communicator();
  const key = communicator.password ? undefined : await run.temporaryKey();
  const typed = { ...data, SSHPublicKey: key?.publicKey ?? "" };
  // Nobody but the machine knows its address on a bridge, unless the user does.
  const isAsked = Boolean(config.net_bridge && communicator.connects && !communicator.host);
  const dump = isAsked ? join(await run.temporaryFolder("packer-heard"), "heard.pcap") : undefined;
  const sockets = await controlSockets(config, isAsked, run);
  const qmp = [sockets.ours, sockets.users].filter((path) => path !== undefined);
  const efi = requireFirmware(config, run);
  const started = await run.step("Start the machine", async () => {
    await copyVariables(config, efi, run);
    const socket = await startTpm(config, run);
    return startQemu(config, { ...parts, efi, tpm: socket, dump, qmp, communicator, data }, run);
  });
  run.publish({ ID: nameMachine(config, run.build) });
  const watch = watchMachine(config, started.machine, sockets.ours, run);
  try {
    const folder = sockets.ours && dirname(sockets.ours);
    await useMachine(config, { started, watch, disk: parts.disks[0], folder, requests }, { key, typed, dump }, run);
  } finally {
    watch.close();
  }
  return started.accelerator;
}

interface Access {
  readonly key: TemporaryKey | undefined;
  /** What boot commands can name. */
  readonly typed: Readonly<Record<string, unknown>>;
  /** What is heard on the bridge, when somebody has to find out the machine's address. */
  readonly dump: string | undefined;
}

/** Types on the machine, has it provisioned and ends it. */
async function useMachine(
  config: QemuConfig,
  observed: Observed,
  { key, typed, dump }: Access,
  run: MachineRun,
): Promise<void> {
  const { started, watch } = observed;
  const { machine } = started;
  const mac = await run.step("Boot", async () => {
    const { password, mac } = await control(config, watch, dump !== undefined, run);
    await typeAtBoot(config, { machine, screen: openScreen(config, started, password), data: typed }, run);
    return mac;
  });
  const host = mac && dump ? findBridgedAddress({ mac, dump }, watch) : async () => LOOPBACK;
  const observe = observeMachine(config, observed, run);
  const connection = await run.connect({ host, ...makeAccess(started, key), observe });
  // Nothing more will come from a machine that stands still, and nobody is to wait for it.
  const hangUp = (): void => void connection.close().catch(() => {});
  machine.stuck.addEventListener("abort", hangUp, { once: true });
  await run.provision(connection).catch(async (thrown: unknown) => {
    machine.stuck.throwIfAborted();
    await tellIfGone(machine, run);
    throw thrown;
  });
  await run.step("Shut down", () => shutDown(config, started, connection, run));
}

/** A lost connection alone does not tell that there is no machine any more. */
async function tellIfGone(machine: Machine, run: BuildRun): Promise<void> {
  if (run.signal.aborted) {
    return;
  }
  await Promise.race([machine.ended, run.host.clock.sleep(TO_END, run.signal)]).catch(() => {});
  if (machine.gone.aborted) {
    run.ui.error(readMessage(machine.gone.reason));
  }
}

function openScreen(config: QemuConfig, { vncPort }: StartedMachine, password: string | undefined): Screen | undefined {
  if (vncPort === undefined) {
    return undefined;
  }
  return { address: config.vnc_bind_address, port: vncPort, password };
}

function makeAccess({ machine, hostPort }: StartedMachine, key: TemporaryKey | undefined): ConnectTarget {
  return {
    port: hostPort === undefined ? undefined : async () => hostPort,
    temporaryKey: key,
    gone: machine.gone,
    // Its network takes every connection to that port at once, and asks the machine afterwards.
    answeredBy: hostPort === undefined ? undefined : "QEMU",
  };
}

function explainUnfinished(thrown: unknown, config: QemuConfig, disks: readonly Disk[], run: BuildRun): Error {
  const [first] = disks;
  const directory = findOutputDirectory(config, run.build);
  return failure("environment", "qemu/unfinished-disk", "The machine was built, but its disk could not be finished", {
    detail: `${explainCause(thrown)}\nThe disk stays as the machine left it: ${first?.path ?? directory}`,
    hint: `It can be finished by hand: ${first === undefined ? "" : convertCommand(config, first)}`,
    cause: thrown,
  });
}

function explainCause(thrown: unknown): string {
  const [found] = thrown instanceof BuildError ? thrown.diagnostics : [];
  return found?.detail ?? readMessage(thrown);
}

async function finishDisks(config: QemuConfig, disks: readonly Disk[], run: BuildRun): Promise<void> {
  const [first] = disks;
  if (first !== undefined) {
    await convertDisk(config, first, run);
  }
  await dropVariables(config, run);
}

// Starting the machine, with ports of this machine that lead to it.
import { failure } from "../../diagnostic/build-error.ts";
import type { PortRange } from "../../driver/port-range/port-range.ts";
import { freePort, isFree } from "../../driver/qemu/free-port.ts";
import { findKvmAbsence } from "../../driver/qemu/kvm.ts";
import { type Machine, startMachine } from "../../driver/qemu/machine.ts";
import { makeArguments, type Switches, withOwn } from "../../driver/qemu/switches.ts";
import type { BuildRun, CommunicatorFacts } from "../../sdk/builder.ts";
import { listHostPorts } from "../../step/host-port.ts";
import { findOutputDirectory } from "../../step/output-folder.ts";
import { takePort } from "../../step/shared-port.ts";
import { findArchitecture, forwardsPort, listVncPorts, nameMachine, type QemuConfig } from "./facts.ts";
import { listMachineSwitches, type MachineParts } from "./machine-switches.ts";
import { virtualMachine } from "./programs.ts";

/** A machine that runs. */
export interface StartedMachine {
  readonly machine: Machine;
  /** What runs its instructions. */
  readonly accelerator: string;
  /** The port of this machine that leads to the communicator's port in the built one. */
  readonly hostPort: number | undefined;
  readonly vncPort: number | undefined;
}

/** What the steps before have come to. */
export interface ReadyParts
  extends Pick<MachineParts, "disks" | "iso" | "cd" | "floppy" | "efi" | "tpm" | "dump" | "qmp"> {
  readonly communicator: CommunicatorFacts;
  /** For the user's own arguments. */
  readonly data: Readonly<Record<string, unknown>>;
}

type MachineRun = BuildRun<typeof virtualMachine>;

const ATTEMPTS = 5;
/** Milliseconds in which a program that cannot have what it wants ends. */
const SETTLED = 400;

/** Starts the machine; with other ports again when somebody else was quicker to take them. */
export async function startQemu(config: QemuConfig, ready: ReadyParts, run: MachineRun): Promise<StartedMachine> {
  const accelerator = await chooseAccelerator(config, run);
  const display = chooseDisplay(config, run);
  for (let attempt = 1; ; attempt++) {
    const ports = await choosePorts(config, ready, run);
    if (attempt === 1) {
      announce(config, ports, run);
    }
    const parts: MachineParts = { ...ready, accelerator, display, ...gatherParts(config, ports, run) };
    const switches = listOwnSwitches(
      config,
      listMachineSwitches(config, parts, run.build, run.host.cwd),
      { ...ready.data, SSHHostPort: ports.forward?.from ?? 0 },
      run,
    );
    const machine = await start(config, switches, describeReach(ports, ready.communicator), run);
    const settled = await Promise.race([machine.ended, run.host.clock.sleep(SETTLED, run.signal)]);
    if (settled === undefined || settled.code === 0) {
      return { machine, accelerator, hostPort: ports.forward?.from, vncPort: ports.vnc?.port };
    }
    await run.remove(machine);
    if (attempt >= ATTEMPTS || !(await wereTaken(ports, run))) {
      throw didNotStart(machine.words());
    }
    run.ui.message("Somebody else took a port in the meantime. Trying others.");
    for (const port of [ports.forward?.from, ports.vnc?.port]) {
      run.ports.giveBack(port ?? 0);
    }
  }
}

interface Ports {
  readonly forward: { readonly address: string; readonly from: number; readonly to: number } | undefined;
  readonly vnc: { readonly address: string; readonly port: number } | undefined;
}

async function choosePorts(config: QemuConfig, { communicator }: ReadyParts, run: BuildRun): Promise<Ports> {
  let forward: Ports["forward"];
  if (communicator.port !== undefined && forwardsPort(config)) {
    // Unlike Packer, which opens it to everybody: nobody but us needs it, unless the user says how to come here.
    const address = communicator.host ? "0.0.0.0" : "127.0.0.1";
    const from = await findPort({ address, range: listHostPorts(config), purpose: "its communicator" }, run);
    forward = { address, from, to: communicator.port };
    run.ui.say(`Found port for communicator (SSH, WinRM, etc): ${forward.from}.`);
  } else if (!communicator.connects) {
    run.ui.message("No communicator is set; skipping port forwarding setup.");
  }
  if (config.disable_vnc) {
    return { forward, vnc: undefined };
  }
  const address = config.vnc_bind_address;
  const range = listVncPorts(config);
  run.ui.say(`Looking for available port between ${range.from} and ${range.to} on ${address}`);
  return { forward, vnc: { address, port: await findPort({ address, range, purpose: "its screen" }, run) } };
}

function findPort(
  { address, range, purpose }: { readonly address: string; readonly range: PortRange; readonly purpose: string },
  run: BuildRun,
): Promise<number> {
  return takePort({ range, purpose }, (taker) => freePort(address, range, taker, run.host), run);
}

function gatherParts(
  config: QemuConfig,
  { forward, vnc }: Ports,
  run: BuildRun,
): Pick<MachineParts, "forward" | "vnc" | "mac"> {
  return {
    forward,
    vnc: vnc && { ...vnc, password: config.vnc_use_password },
    mac: config.net_bridge ? addOwnCard(run) : undefined,
  };
}

/** An address of QEMU's own range; without it all machines on a bridge would have the same. */
function addOwnCard(run: BuildRun): string {
  return ["52:54:00", ...[...run.host.random.bytes(3)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

function listOwnSwitches(
  config: QemuConfig,
  defaults: Switches,
  data: Readonly<Record<string, unknown>>,
  run: BuildRun,
): Switches {
  if (config.qemuargs.length === 0) {
    return defaults;
  }
  run.ui.say("Overriding default Qemu arguments with qemuargs template option...");
  const facts = { ...data, OutputDir: findOutputDirectory(config, run.build), Name: nameMachine(config, run.build) };
  const own = config.qemuargs.map((entry) => entry.map((part) => run.render(part, facts)));
  // What listens on the network as we know it has nothing to listen to on another one.
  const kept = own.some(([name]) => name === "-netdev")
    ? new Map([...defaults].filter(([name]) => name !== "-object"))
    : defaults;
  return withOwn(kept, own, config.net_device);
}

function announce(config: QemuConfig, { vnc }: Ports, run: BuildRun): void {
  run.ui.say(config.disk_image ? "Starting VM, booting disk image" : "Starting VM, booting from CD-ROM");
  if (!config.headless || vnc === undefined) {
    return;
  }
  const how = config.vnc_use_password ? "with a password" : "without a password";
  run.ui.message(
    `The VM will be run headless, without a GUI. If you want to\nview the screen of the VM, connect via VNC ${how} to\nvnc://${vnc.address}:${vnc.port}`,
  );
}

async function start(config: QemuConfig, switches: Switches, reach: string, run: MachineRun): Promise<Machine> {
  const mark = run.host.random.uuid();
  const command = [config.qemu_binary, ...makeArguments(switches)] as const;
  run.log(`Executing ${command.join(" ")}`);
  const wanted = reach === "" ? { mark } : { mark, reach };
  // Without the machine's console in it this is little, and with it, it is what explains most.
  const onLine = (stream: string, line: string): void => run.log(`Qemu ${stream}: ${line}`);
  return run.acquire(virtualMachine, wanted, (host) =>
    startMachine(host, command, { PACKER_TS_MACHINE: mark }, onLine),
  );
}

/** For a person who looks for a machine that was left in place. */
function describeReach({ forward, vnc }: Ports, { type }: CommunicatorFacts): string {
  const names: Readonly<Record<string, string>> = { ssh: "SSH", winrm: "WinRM" };
  return [vnc && `VNC at ${vnc.address}:${vnc.port}`, forward && `${names[type] ?? type} at 127.0.0.1:${forward.from}`]
    .filter(Boolean)
    .join(", ");
}

async function wereTaken({ forward, vnc }: Ports, run: BuildRun): Promise<boolean> {
  const wanted = [forward && { address: forward.address, port: forward.from }, vnc].filter(
    (each) => each !== undefined,
  );
  const free = await Promise.all(wanted.map(({ address, port }) => isFree(address, port, run.host)));
  return free.includes(false);
}

function didNotStart(words: string): Error {
  return failure("environment", "qemu/not-started", "Qemu failed to start.", {
    detail: words === "" ? "It said nothing." : `It said:\n${words}`,
    hint: 'Check "qemuargs", "accelerator", "machine_type" and the options for devices.',
  });
}

/** As Packer: KVM where it can be used. That it cannot is said, for the machine will take many times longer. */
async function chooseAccelerator(config: QemuConfig, run: BuildRun): Promise<string> {
  if (config.accelerator === "none") {
    run.ui.message("WARNING: The VM will be started with no hardware acceleration.");
  }
  if (config.accelerator) {
    return config.accelerator;
  }
  const absence = await findKvmAbsence(run.host, findArchitecture(config));
  if (absence === undefined) {
    return "kvm";
  }
  run.ui.message(
    `The VM will be many times slower, because KVM cannot be used: ${absence.reason}${absence.hint === undefined ? "" : ` ${absence.hint}`}`,
  );
  return "tcg";
}

/** The kind of window. Unlike Packer none where there is no screen: on a runner a template without `headless` works too. */
function chooseDisplay(config: QemuConfig, run: BuildRun): string | undefined {
  const { env, platform } = run.host;
  // What VNC shows needs no window.
  if (config.headless) {
    return config.disable_vnc ? "" : undefined;
  }
  if (config.display || config.use_default_display) {
    return config.display === "none" ? "" : config.display || undefined;
  }
  if (platform !== "linux" || env["DISPLAY"] || env["WAYLAND_DISPLAY"]) {
    return "gtk";
  }
  run.ui.message("There is no screen here, so the VM will be run headless.");
  return "";
}

// One build of a machine, step by step.
import { join, resolve } from "node:path";
import { messageOf } from "../../diagnostic/build-error.ts";
import { listenAddress } from "../../driver/http-server/address.ts";
import { startHttpServer } from "../../driver/http-server/http-server.ts";
import type { Machine } from "../../driver/qemu/machine.ts";
import { connectQmp } from "../../driver/qemu/qmp.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { ConnectTarget, TemporaryKey } from "../../sdk/communicator.ts";
import { httpPorts } from "../../sdk/http-options.ts";
import { machineArtifact } from "./artifact.ts";
import { convertDisk, makeDisks } from "./disks.ts";
import { type Disk, disksOf, machineName, outputDirectory, type QemuConfig } from "./facts.ts";
import { copyVariables, dropVariables } from "./firmware.ts";
import { bridgedAddress, cardAddress } from "./guest-address.ts";
import { getIso } from "./iso.ts";
import { makeMedia } from "./media.ts";
import { makeOutputFolder } from "./output-folder.ts";
import { type Screen, typeAtBoot } from "./screen.ts";
import { shutDown } from "./shut-down.ts";
import { type ReadyParts, type StartedMachine, startQemu } from "./start.ts";
import { startTpm } from "./tpm.ts";

/** Where the machine sees this one, on the network that QEMU makes for it. */
const HOST_ADDRESS = "10.0.2.2";
/** Where a port of this machine leads to the built one. */
const LOOPBACK = "127.0.0.1";
/** Milliseconds between the last sign of a machine that is switched off and its end. */
const TO_END = 500;
/** Requests of the machine that the log shows. */
const MOST_REQUESTS = 50;

/** Builds; the files that are left are the artifact. */
export async function build(config: QemuConfig, run: BuildRun): Promise<Artifact> {
  const disks = disksOf(config, run.build);
  const source = await run.step("Get the ISO", () => getIso(config, run));
  const folder = await run.step("Make the output directory", () => makeOutputFolder(outputDirectory(config, run.build), run));
  const media = await run.step("Make floppy and CD", () => makeMedia(config, run));
  await run.step("Make the disks", () => makeDisks(config, disks, source, run));
  const served = await run.step("Serve files", () => serve(config, run));
  let accelerator: string;
  try {
    accelerator = await runMachine(config, { ...media, disks, iso: config.disk_image ? undefined : source }, served.data, run);
  } finally {
    await served.close();
  }
  await run.step("Convert the disk", () => finishDisks(config, disks, run));
  run.keep(folder);
  return machineArtifact(config, disks, accelerator, run);
}

interface Served {
  readonly data: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Starts the HTTP server when the template has files for it. */
async function serve(config: QemuConfig, run: BuildRun): Promise<Served> {
  const { http_directory: directory, http_content: content } = config;
  const ip = await ownAddress(config, run);
  const data = { HTTPIP: ip, HTTPPort: 0, HTTPDir: directory ?? "", HTTPContent: content, Name: machineName(config, run.build) };
  if (!directory && Object.keys(content).length === 0) return { data, close: async () => {} };
  const { http_bind_address: given, http_interface: interfaceName, http_network_protocol: protocol } = config;
  const address = await listenAddress({ address: given, interfaceName, protocol }, run.host.network);
  const seen = new Set<string>();
  const onRequest = (method: string, path: string, status: number): void => {
    const line = `HTTP ${method} ${path}: ${status}`;
    // An installer may ask for the same file over and over.
    if (seen.size < MOST_REQUESTS && !seen.has(line)) run.ui.message(line);
    seen.add(line);
  };
  const { port, close } = await startHttpServer({ directory, content, ...httpPorts(config), address, onRequest }, run.host);
  run.ui.say(`Starting HTTP server on port ${port}`);
  run.publish({ PackerHTTPAddr: `${ip}:${port}`, PackerHTTPIP: ip, PackerHTTPPort: String(port) });
  return { data: { ...data, HTTPPort: port }, close };
}

/** This machine's address as the built one sees it. */
async function ownAddress({ net_bridge: bridge }: QemuConfig, run: BuildRun): Promise<string> {
  if (!bridge) return HOST_ADDRESS;
  const addresses = (await run.host.network.interfaces())[bridge] ?? [];
  return addresses.find((address) => !address.includes(":")) ?? addresses[0] ?? "";
}

/** Starts the machine, has it installed and provisioned, and ends it; gives what ran its instructions. */
async function runMachine(
  config: QemuConfig,
  parts: Omit<ReadyParts, "communicator" | "data" | "tpm" | "dump" | "qmp">,
  data: Served["data"],
  run: BuildRun,
): Promise<string> {
  const communicator = await run.communicator();
  const key = communicator.config["ssh_password"] ? undefined : await run.temporaryKey();
  const typed = { ...data, SSHPublicKey: key?.publicKey ?? "" };
  // Nobody but the machine knows its address on a bridge, unless the user does.
  const isAsked = config.net_bridge && communicator.type !== "none" && !communicator.config[`${communicator.type}_host`];
  const dump = isAsked ? join(await run.temporaryFolder("packer-heard"), "heard.pcap") : undefined;
  const qmp = await controlSocket(config, dump !== undefined, run);
  const started = await run.step("Start the machine", async () => {
    await copyVariables(config, run);
    const tpm = await startTpm(config, run);
    return startQemu(config, { ...parts, tpm, dump, qmp, communicator, data }, run);
  });
  run.publish({ ID: machineName(config, run.build) });
  const { machine } = started;
  const mac = await run.step("Boot", async () => {
    const { password, mac } = await control(config, started, { qmp, asksForCard: dump !== undefined }, run);
    await typeAtBoot(config, machine, screenOf(config, started, password), typed, run);
    return mac;
  });
  const card = mac && dump && qmp && { mac, dump, socket: qmp };
  const host = card ? bridgedAddress(card, machine, run) : async () => LOOPBACK;
  const connection = await run.connect({ host, ...accessOf(started, key) });
  await run.provision(connection).catch(async (thrown: unknown) => {
    await tellIfGone(machine, run);
    throw thrown;
  });
  await run.step("Shut down", () => shutDown(config, started, connection, run));
  return started.accelerator;
}

/** Where QEMU's control socket is to be: for the user where Packer puts it, for us alone where the path is short, as it has to be. */
async function controlSocket(config: QemuConfig, asksForCard: boolean, run: BuildRun): Promise<string | undefined> {
  const { qmp_enable, qmp_socket_path: given, vnc_use_password } = config;
  if (qmp_enable || (given && (vnc_use_password || asksForCard)))
    return resolve(run.host.cwd, given || join(outputDirectory(config, run.build), `${machineName(config, run.build)}.monitor`));
  return vnc_use_password || asksForCard ? join(await run.temporaryFolder("packer-qmp"), "socket") : undefined;
}

/** A lost connection alone does not tell that there is no machine any more. */
async function tellIfGone(machine: Machine, run: BuildRun): Promise<void> {
  if (run.signal.aborted) return;
  await Promise.race([machine.ended, run.host.clock.sleep(TO_END, run.signal)]).catch(() => {});
  if (machine.gone.aborted) run.ui.error(messageOf(machine.gone.reason));
}

/** What has to be asked of or told to QEMU itself. */
async function control(
  config: QemuConfig,
  { machine }: StartedMachine,
  { qmp: socket, asksForCard }: { readonly qmp: string | undefined; readonly asksForCard: boolean },
  run: BuildRun,
): Promise<{ password?: string; mac?: string }> {
  if (socket === undefined || !(config.vnc_use_password || asksForCard)) return {};
  const qmp = await connectQmp(run.host.network, socket, AbortSignal.any([run.signal, machine.gone]));
  try {
    const card = asksForCard ? { mac: await cardAddress(qmp) } : {};
    if (!config.vnc_use_password) return card;
    const password = Buffer.from(run.host.random.bytes(4)).toString("hex");
    run.hide(password);
    await qmp.execute("change-vnc-password", { password });
    return { ...card, password };
  } finally {
    qmp.close();
  }
}

function screenOf(config: QemuConfig, { vncPort }: StartedMachine, password: string | undefined): Screen | undefined {
  if (vncPort === undefined) return undefined;
  return { address: config.vnc_bind_address, port: vncPort, ...(password === undefined ? {} : { password }) };
}

function accessOf({ machine, hostPort }: StartedMachine, key: TemporaryKey | undefined): ConnectTarget {
  return {
    ...(hostPort === undefined ? {} : { port: async () => hostPort }),
    ...(key === undefined ? {} : { temporaryKey: key }),
    gone: machine.gone,
  };
}

async function finishDisks(config: QemuConfig, disks: readonly Disk[], run: BuildRun): Promise<void> {
  const [first] = disks;
  if (first !== undefined) await convertDisk(config, first, run);
  await dropVariables(config, run);
}

// What is asked of and told to QEMU itself, and where.
import { join, resolve } from "node:path";
import type { Qmp } from "../../driver/qemu/qmp.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { findOutputDirectory } from "../../step/output-folder.ts";
import { nameMachine, type QemuConfig } from "./facts.ts";
import { readCardAddress } from "./guest-address.ts";
import type { MachineWatch } from "./watch.ts";

/** QEMU's control sockets: each serves one at a time, so that of the user is another than ours. */
export interface ControlSockets {
  readonly ours: string | undefined;
  readonly users: string | undefined;
}

/** The longest path that a socket can have on every system, in bytes. */
const LONGEST_PATH = 103;

/** Where the sockets are to be: for the user where Packer puts it, for us alone where the path is short, as it has to be. */
export async function controlSockets(config: QemuConfig, asksForCard: boolean, run: BuildRun): Promise<ControlSockets> {
  const { qmp_enable, qmp_socket_path: given, vnc_use_password } = config;
  const isNeeded = vnc_use_password || asksForCard;
  const usual = join(findOutputDirectory(config, run.build), `${nameMachine(config, run.build)}.monitor`);
  const users = qmp_enable || (given && isNeeded) ? resolve(run.host.cwd, given || usual) : undefined;
  // Folders for temporary files may be deep: a machine that nobody has to talk to does without.
  const isShort = Buffer.byteLength(run.host.tempDir) + LONGEST_NAME <= LONGEST_PATH;
  if (!isNeeded && (!isShort || run.host.platform === "win32")) {
    return { ours: undefined, users };
  }
  return { ours: join(await run.temporaryFolder("packer-qmp"), "socket"), users };
}

/** Of the folder's name with its random part, and the socket's. */
const LONGEST_NAME = "/packer-qmp/socket".length + 16;

/** What has to be asked of or told to QEMU itself. */
export async function control(
  config: QemuConfig,
  watch: MachineWatch,
  asksForCard: boolean,
  run: BuildRun,
): Promise<{ password?: string | undefined; mac?: string | undefined }> {
  if (!config.vnc_use_password && !asksForCard) {
    return {};
  }
  const qmp: Qmp = await watch.control();
  const card = asksForCard ? { mac: await readCardAddress(qmp) } : {};
  if (!config.vnc_use_password) {
    return card;
  }
  const password = config.vnc_password || Buffer.from(run.host.random.bytes(4)).toString("hex");
  run.hide(password);
  await qmp.execute("change-vnc-password", { password });
  return { ...card, password };
}

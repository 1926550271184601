// Listens to QEMU while the machine runs: a machine that stands still is noticed, and those who wait can see what it does.
import { statfs } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Machine } from "../../driver/qemu/machine.ts";
import { connectQmp, type Qmp, type QmpEvent } from "../../driver/qemu/qmp.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { findOutputDirectory } from "../../step/output-folder.ts";
import type { QemuConfig } from "./facts.ts";

/** Milliseconds in which QEMU opens its socket, and between looks. */
const TO_OPEN = 10_000;
const LOOK_EVERY = 200;
/** So many restarts are more than an installation takes. */
const MANY_RESTARTS = 3;

/** What is known of a machine from outside. */
export interface MachineWatch {
  /** QEMU's control socket; throws when it cannot be talked to. */
  control(): Promise<Qmp>;
  /** How often the machine has started anew. */
  restarts(): number;
  /** What keeps it from running, when it does not. */
  state(): string | undefined;
  close(): void;
}

/** Starts to listen at `socket`; without one nothing is known. */
export function watchMachine(
  config: QemuConfig,
  machine: Machine,
  socket: string | undefined,
  run: BuildRun,
): MachineWatch {
  const watch = new Watch(config, machine, run);
  const opened =
    socket === undefined
      ? Promise.reject(failure("environment", "qemu/control", "QEMU has no control socket here"))
      : watch.open(socket);
  opened.catch((thrown: unknown) => run.log(`QEMU is not listened to: ${readMessage(thrown)}`));
  return {
    control: () => opened,
    restarts: () => watch.restarts,
    state: () => watch.state,
    close: () => watch.close(),
  };
}

class Watch {
  restarts = 0;
  state: string | undefined;
  readonly #config: QemuConfig;
  readonly #machine: Machine;
  readonly #run: BuildRun;
  readonly #closed = new AbortController();
  #qmp: Qmp | undefined;
  /** What QEMU said before it stopped the machine. */
  #because = "";

  constructor(config: QemuConfig, machine: Machine, run: BuildRun) {
    this.#config = config;
    this.#machine = machine;
    this.#run = run;
  }

  async open(socket: string): Promise<Qmp> {
    const { host } = this.#run;
    const signal = AbortSignal.any([this.#run.signal, this.#machine.gone, this.#closed.signal]);
    for (let waited = 0; ; waited += LOOK_EVERY) {
      try {
        this.#qmp = await connectQmp(host, socket, signal, (event) => this.#note(event));
        break;
      } catch (thrown) {
        const isMissing = ["ENOENT", "ECONNREFUSED"].includes((thrown as NodeJS.ErrnoException).code ?? "");
        if (!isMissing || waited >= TO_OPEN) {
          throw thrown;
        }
        await host.clock.sleep(LOOK_EVERY, signal);
      }
    }
    // It may have stopped before anybody listened.
    this.#judge().catch(() => {});
    return this.#qmp;
  }

  close(): void {
    this.#closed.abort();
    this.#qmp?.close();
  }

  #note({ event, data = {} }: QmpEvent): void {
    switch (event) {
      case "BLOCK_IO_ERROR":
        this.#because = String(data["reason"] ?? "an error of reading or writing");
        break;
      case "STOP":
        this.#judge().catch(() => {});
        break;
      case "RESUME":
        this.#goesOn();
        break;
      case "RESET":
        this.#restarted(data["guest"] === true);
        break;
      default:
    }
  }

  #restarted(byItself: boolean): void {
    this.restarts += byItself ? 1 : 0;
    if (byItself && this.restarts === MANY_RESTARTS) {
      this.#run.ui.message(`The machine has restarted ${MANY_RESTARTS} times by itself.`);
    }
  }

  #goesOn(): void {
    if (this.state !== undefined) {
      this.#run.ui.message("The machine goes on.");
    }
    this.state = undefined;
  }

  /** Finds out why the machine does not run, and whether it ever will. */
  async #judge(): Promise<void> {
    const { status } = ((await this.#qmp?.execute("query-status")) ?? {}) as { readonly status?: string };
    switch (status) {
      case "io-error":
        this.#machine.standsStill(await this.#explainLostWrite());
        break;
      case "guest-panicked":
        this.#machine.standsStill(reportCrash("The machine's system has crashed", "It told QEMU so (guest-panicked)."));
        break;
      case "internal-error":
        this.#machine.standsStill(
          reportCrash(
            "The machine stands still: what runs its instructions has failed",
            "QEMU calls it internal-error.",
          ),
        );
        break;
      case "paused":
        this.#pauses("The machine is paused, until somebody tells QEMU to go on");
        break;
      case "suspended":
        this.#pauses("The machine has gone to sleep");
        break;
      case "shutdown":
        this.#pauses("The machine is switched off, and an argument keeps QEMU running");
        break;
      default:
    }
  }

  #pauses(text: string): void {
    if (this.state !== text) {
      this.#run.ui.message(`${text}.`);
    }
    this.state = text;
  }

  async #explainLostWrite(): Promise<Error> {
    const directory = findOutputDirectory(this.#config, this.#run.build);
    const room = await statfs(resolve(this.#run.host.cwd, directory)).catch(() => undefined);
    const free =
      room === undefined
        ? ""
        : ` ${Math.floor((room.bavail * room.bsize) / 2 ** 20)} MiB are free where ${directory} is.`;
    return failure("capacity", "qemu/stands-still", "The machine stands still: QEMU could not write to its disk", {
      detail: `${this.#because === "" ? "An error of reading or writing" : this.#because}.${free}`,
      hint: 'Make room, or put "output_directory" where there is more.',
    });
  }
}

function reportCrash(summary: string, detail: string): Error {
  return failure("environment", "qemu/stands-still", summary, {
    detail,
    hint: "Look at its screen by VNC with -on-error=abort, or have it write to a serial port.",
  });
}

// Command shells of the test machine: processes with pipes, and the waiting that Receive needs.
import { randomUUID } from "node:crypto";
import { MACHINE_ENVIRONMENT, type Machine } from "./winrm-machine.ts";

/** A running or ended command. */
export class ShellCommand {
  readonly id = randomUUID().toUpperCase();
  readonly output: { stream: "stdout" | "stderr"; data: Buffer }[] = [];
  exitCode: number | undefined;
  readonly #input: Buffer[] = [];
  #inputEnded = false;
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  readonly #waiters = new Set<() => void>();

  constructor(machine: Machine, commandLine: string, environment: ReadonlyMap<string, string>) {
    const write = (stream: "stdout" | "stderr") => (data: string | Uint8Array) => {
      this.output.push({ stream, data: Buffer.from(data) });
      this.#changed();
    };
    const call = {
      stdin: this.#readInput(),
      signal: this.#stop.signal,
      environment: new Map([...Object.entries(MACHINE_ENVIRONMENT), ...environment]),
      stdout: write("stdout"),
      stderr: write("stderr"),
    };
    void machine.run(commandLine, call).then(
      (code) => this.#end(code),
      (thrown) => {
        if (!this.#stop.signal.aborted) {
          call.stderr(`${thrown}\r\n`);
        }
        this.#end(this.#stop.signal.aborted ? 0xc000013a : 1);
      },
    );
  }

  send(data: Buffer, end: boolean): void {
    this.#input.push(data);
    this.#inputEnded ||= end;
    this.#wake();
  }

  terminate(): void {
    this.#stop.abort(new Error("terminated"));
    this.#wake();
  }

  /** Waits until there is output or the end, at most `milliseconds`. */
  async wait(milliseconds: number): Promise<boolean> {
    if (this.output.length > 0 || this.exitCode !== undefined) {
      return true;
    }
    return new Promise((resolve) => {
      const done = (ready: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(ready_);
        resolve(ready);
      };
      const ready_ = (): void => done(true);
      const timer = setTimeout(() => done(false), milliseconds);
      this.#waiters.add(ready_);
    });
  }

  #end(code: number): void {
    this.exitCode = code;
    this.#changed();
  }

  #changed(): void {
    for (const waiter of [...this.#waiters]) {
      waiter();
    }
  }

  async *#readInput(): AsyncGenerator<Buffer> {
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const next = this.#input.shift();
      if (next !== undefined) {
        yield next;
      } else if (this.#inputEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** A shell: what Create makes and Delete ends. */
export class Shell {
  readonly id = randomUUID().toUpperCase();
  readonly commands = new Map<string, ShellCommand>();
  readonly environment: ReadonlyMap<string, string>;

  constructor(environment: ReadonlyMap<string, string>) {
    this.environment = environment;
  }

  close(): void {
    for (const command of this.commands.values()) {
      command.terminate();
    }
  }
}

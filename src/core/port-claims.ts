// Ports of this machine that the builds of one run hold: who needs one that another build has waits for it.
import type { PortOwner, SharedPorts } from "../sdk/builder.ts";

/** What the builds of one run hold, and what they wait for. */
export class PortClaims {
  readonly #owners = new Map<number, string>();
  /** Builds that wait, for which ports. */
  readonly #waiting = new Map<string, readonly number[]>();
  readonly #listeners = new Set<() => void>();

  /** The ports as one build sees them. */
  forBuild(build: string): SharedPorts {
    return {
      claim: (port) => this.#claim(port, build),
      giveBack: (port) => this.#giveBack([port], build),
      untilGivenBack: (ports, signal) => this.#untilGivenBack(ports, build, signal),
    };
  }

  /** Gives back all that a build holds. */
  release(build: string): void {
    const own = [...this.#owners].filter(([, owner]) => owner === build);
    this.#giveBack(
      own.map(([port]) => port),
      build,
    );
  }

  #claim(port: number, build: string): PortOwner | undefined {
    const owner = this.#owners.get(port);
    if (owner === undefined) {
      this.#owners.set(port, build);
      return undefined;
    }
    return { build: owner, isOwn: owner === build };
  }

  #giveBack(ports: readonly number[], build: string): void {
    for (const port of ports) {
      if (this.#owners.get(port) === build) {
        this.#owners.delete(port);
      }
    }
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }

  async #untilGivenBack(ports: readonly number[], build: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const isFree = (): boolean => ports.some((port) => !this.#owners.has(port));
    if (isFree()) {
      return true;
    }
    if (ports.every((port) => this.#waitsFor(this.#owners.get(port), build, new Set()))) {
      return false;
    }
    this.#waiting.set(build, ports);
    try {
      await new Promise<void>((resolve, reject) => {
        const settle = (end: () => void): void => {
          this.#listeners.delete(look);
          signal.removeEventListener("abort", stop);
          end();
        };
        const look = (): void => {
          if (isFree()) {
            settle(resolve);
          }
        };
        const stop = (): void => settle(() => reject(signal.reason));
        this.#listeners.add(look);
        signal.addEventListener("abort", stop, { once: true });
      });
      return true;
    } finally {
      this.#waiting.delete(build);
    }
  }

  /** Whether a build waits for another one, perhaps by way of further ones: then neither would ever go on. */
  #waitsFor(waiting: string | undefined, build: string, seen: Set<string>): boolean {
    if (waiting === undefined || seen.has(waiting)) {
      return false;
    }
    if (waiting === build) {
      return true;
    }
    seen.add(waiting);
    const ports = this.#waiting.get(waiting);
    return ports?.every((port) => this.#waitsFor(this.#owners.get(port), build, seen)) ?? false;
  }
}

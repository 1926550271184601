// Two ends of one connection without a network in between, for tests of what goes over it.
import { Duplex } from "node:stream";

class End extends Duplex {
  other: End | undefined;
  /** Everything that was written here. */
  readonly written: Uint8Array[] = [];

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    this.other?.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }
}

/** What one end writes, the other one reads. */
export function connectedPair(): readonly [End, End] {
  const [one, other] = [new End(), new End()];
  one.other = other;
  other.other = one;
  return [one, other];
}

/** An end that nobody listens to: what is to be read there is put in with `push`. */
export function looseEnd(): End {
  return new End();
}

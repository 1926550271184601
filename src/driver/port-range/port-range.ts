// A range of TCP ports, looked through from a random one on, so that those who look at the same time seldom meet.
import type { Random } from "../../host/host.ts";

/** A range as Packer counts them. */
export interface PortRange {
  /** The first port. */
  readonly from: number;
  /** The port after the last, or the same as the first for that one alone. */
  readonly to: number;
}

/** Who decides which ports may be tried. */
export interface PortTaker {
  /** False for one that is to be left alone. */
  claim(port: number): boolean;
  /** Told of one that could not be had. */
  giveBack(port: number): void;
}

/** Every port of the range once. */
export function listPorts({ from, to }: PortRange, random: Random): readonly number[] {
  const count = Math.max(1, to - from);
  const start = random.integer(count);
  return Array.from({ length: count }, (_, step) => from + ((start + step) % count));
}

/** In words, for messages. */
export function writeRange({ from, to }: PortRange): string {
  return `from ${from} to ${Math.max(from, to - 1)}`;
}

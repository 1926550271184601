// Addresses of IPv4 and IPv6, and networks of them.

/** An address as a number of 32 or 128 bits. */
export interface Address {
  readonly bits: 32 | 128;
  readonly address: bigint;
}

/** All addresses that begin with the same bits; `address` is the first of them. */
export interface Network extends Address {
  /** Of the prefix. */
  readonly length: number;
}

/** Reads a network such as `10.0.0.0/8`; undefined when it is none. */
export function parseNetwork(text: string): Network | undefined {
  const [, written = "", digits = ""] = /^([^/]*)\/(\d{1,4})$/.exec(text) ?? [];
  const parsed = written.includes(":") ? parseV6(written) : parseV4(written);
  const length = Number(digits);
  if (parsed === undefined || digits === "") {
    return undefined;
  }
  const bits = written.includes(":") ? 128 : 32;
  if (length > bits) {
    return undefined;
  }
  const rest = BigInt(bits - length);
  return { bits, length, address: (parsed >> rest) << rest };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) {
    return undefined;
  }
  let address = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) {
      return undefined;
    }
    address = (address << 8n) | BigInt(part);
  }
  return address;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) {
    return undefined;
  }
  const [front, back] = halves.map((half) => (half === "" ? [] : readGroups(half)));
  if (front === undefined) {
    return undefined;
  }
  if (halves.length === 1) {
    return front.length === 8 ? joinGroups(front) : undefined;
  }
  const missing = 8 - front.length - (back?.length ?? 9);
  return back === undefined || missing < 1
    ? undefined
    : joinGroups([...front, ...Array<bigint>(missing).fill(0n), ...back]);
}

/** The groups of 16 bits of a half; the last 32 bits may be written as in IPv4. */
function readGroups(half: string): bigint[] | undefined {
  const groups: bigint[] = [];
  const parts = half.split(":");
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) {
      groups.push(v4 >> 16n, v4 & 0xffffn);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
    } else {
      return undefined;
    }
  }
  return groups;
}

function joinGroups(groups: readonly bigint[]): bigint {
  return groups.reduce((address, group) => (address << 16n) | group, 0n);
}

/** The address in its shortest form. An address of IPv4 inside IPv6 is written as the former. */
export function addressText({ bits, address }: Address): string {
  if (bits === 32 || isMapped(address)) {
    return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, i) => ((address >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const { from, length } = longestZeros(groups);
  if (length < 2) {
    return groups.join(":");
  }
  return `${groups.slice(0, from).join(":")}::${groups.slice(from + length).join(":")}`;
}

function isMapped(address: bigint): boolean {
  return address >> 32n === 0xffffn;
}

function longestZeros(groups: readonly string[]): { readonly from: number; readonly length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === "0") {
      length++;
    }
    if (length > best.length) {
      best = { from, length };
    }
  }
  return best;
}

/** The network as it is read. */
export function networkText(network: Network): string {
  const mapped = network.bits === 128 && isMapped(network.address) && network.length >= 96;
  return `${addressText(network)}/${mapped ? network.length - 96 : network.length}`;
}

// The IP address of a machine, from what was heard on its network card: a dump as `-object filter-dump` writes it (pcap, RFC 791, 826, 2131).

const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const IPV4 = 0x0800;
const ARP = 0x0806;
const UDP = 17;
const DHCP_CLIENT = 68;
/** Bytes of each packet that tell enough: headers, and what comes first in an answer of DHCP. */
export const ENOUGH = 160;
/** What may stand before a frame: nothing, or what a virtual card and its driver tell each other. */
const PREFIXES = [0, 10, 12];

/** The last IPv4 address that the card `mac` used or was given; `undefined` while there is none. */
export function findHeardAddress(dump: Buffer, mac: string): string | undefined {
  let found: string | undefined;
  for (let at = FILE_HEADER; at + PACKET_HEADER <= dump.length; ) {
    const length = dump.readUInt32LE(at + 8);
    const packet = dump.subarray(at + PACKET_HEADER, at + PACKET_HEADER + length);
    for (const prefix of PREFIXES) {
      found = findAddress(packet.subarray(prefix), mac) ?? found;
    }
    at += PACKET_HEADER + length;
  }
  return found;
}

function findAddress(frame: Buffer, mac: string): string | undefined {
  if (frame.length < 14) {
    return undefined;
  }
  const kind = frame.readUInt16BE(12);
  const body = frame.subarray(14);
  if (kind === IPV4 && isGiven(body, mac)) {
    return isUsable(body, 28 + 16);
  }
  if (readMac(frame, 6) !== mac) {
    return undefined;
  }
  if (kind === IPV4) {
    return isUsable(body, 12);
  }
  return kind === ARP ? isUsable(body, 14) : undefined;
}

/** Whether it is an answer of a DHCP server for this card. */
function isGiven(packet: Buffer, mac: string): boolean {
  const isDhcp =
    packet[0] === 0x45 && packet[9] === UDP && packet.length >= 28 + 34 && packet.readUInt16BE(22) === DHCP_CLIENT;
  return isDhcp && readMac(packet, 28 + 28) === mac;
}

function readMac(bytes: Buffer, at: number): string {
  return [...bytes.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** An address that others can reach: not none, not one that holds on one link only. */
function isUsable(bytes: Buffer, at: number): string | undefined {
  if (bytes.length < at + 4) {
    return undefined;
  }
  const parts = [...bytes.subarray(at, at + 4)];
  if (parts[0] === 0 || (parts[0] === 169 && parts[1] === 254)) {
    return undefined;
  }
  return parts.join(".");
}

// The arguments of a QEMU program: what we would give, and what a user says instead.

/** The values of each switch, in order; an empty value stands for a switch without one. */
export type Switches = ReadonlyMap<string, readonly string[]>;

/**
 * What a user says replaces everything that would be given for the same switch. An entry is a switch and the parts of its value,
 * which are put together without anything between them. As Packer: a network card that nobody mentions is put back.
 */
export function withOwn(defaults: Switches, own: readonly (readonly string[])[], card: string): Switches {
  const said = new Map<string, string[]>();
  for (const [name = "", ...parts] of own) {
    if (name === "") {
      continue;
    }
    said.set(name, [...(said.get(name) ?? []), parts.join("")]);
  }
  const devices = said.get("-device");
  if (devices !== undefined && !devices.some((value) => value.includes(card))) {
    devices.push(writeCardDevice(card));
  }
  return new Map([...defaults, ...said]);
}

/** The value of `-device` for the network card. */
export function writeCardDevice(card: string): string {
  return `${card},netdev=user.0`;
}

/** As a program takes them. */
export function makeArguments(switches: Switches): readonly string[] {
  return [...switches].flatMap(([name, values]) => values.flatMap((value) => (value === "" ? [name] : [name, value])));
}

/** A value within a list of `name=value`, where a comma has to be doubled. */
export function escapeCommas(value: string): string {
  return value.replaceAll(",", ",,");
}

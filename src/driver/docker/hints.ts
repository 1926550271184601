// What to try after the engine refused something: by what it said, and nothing where that is unknown.

/** Hints by the engine's words; the first that fits counts. */
export type Hints = readonly (readonly [said: RegExp, hint: string])[];

/** The hint that fits. */
export function chooseHint(hints: Hints | string | undefined, said: string): string | undefined {
  if (hints === undefined || typeof hints === "string") {
    return hints;
  }
  return hints.find(([words]) => words.test(said))?.[1];
}

const REACHABLE =
  /connection refused|no such host|i\/o timeout|Client\.Timeout|TLS handshake timeout|network is unreachable|server gave HTTP response|unexpected EOF|: EOF$/i;

/** Whether the words say that a registry was not reached at all. */
export function isUnreachable(said: string): boolean {
  return REACHABLE.test(said);
}

export const copyInHints: Hints = [
  [
    /read-?only file ?system|marked read-only|mounted volume is marked read-only/i,
    "That place can only be read: upload to a volume or a tmpfs, or start the container so that it can be written to.",
  ],
  [/no space left/i, "The disk that the engine keeps this container on is full."],
  [
    /invalid symlink/i,
    "A link in the folder leads out of it, which the engine refuses: leave it out, or upload an archive and unpack it in a script.",
  ],
  [
    /cannot overwrite|is a directory|not a directory|extraction point is not a directory/i,
    "Something of the other kind, file or folder, has that name already: end the destination with a slash to upload into a folder.",
  ],
  [/permission denied/i, "The user that the engine runs as may not write there."],
  [
    /no such (file|directory|container:path)|could not find the file|not found|does not exist/i,
    "The folder must exist inside the container; create it in an earlier provisioner.",
  ],
];

export const runHints: Hints = [
  [
    /invalid reference format|must be lowercase/i,
    "An image's name is written in lower case, as [REGISTRY/]NAME[:TAG].",
  ],
  [
    /unknown or invalid runtime|unknown runtime|runtime .* not found/i,
    'The engine does not have the runtime that "runtime" names.',
  ],
  [
    /exec: .*(no such file|not found)|executable file not found/i,
    'The image does not have the program that the container is to start: set "run_command" to one that it has.',
  ],
  [/container name .* is already in use/i, 'The name that "run_command" gives the container is taken by another one.'],
  [/port is already allocated|address already in use/i, "Another program or container uses the port."],
  [
    REACHABLE,
    "The image is not on this machine, and its registry cannot be reached: check the connection, a proxy and the name of the registry.",
  ],
  [
    /pull access denied|manifest .*(unknown|not found)|no such image|repository .*not (found|exist)|unable to find image/i,
    "There is no such image here, and the registry does not have it or does not give it to this user: check its name and the login.",
  ],
  [/error gathering device|device/i, 'Check "device": the devices must exist on the engine\'s machine.'],
  [/capabilit/i, 'Check "cap_add" and "cap_drop".'],
  [/volume|mount|bind source/i, 'Check "volumes": the folders must exist on the engine\'s machine.'],
  [
    /unknown (shorthand )?flag|flag needs an argument|invalid argument|requires at least/i,
    'Check the options in "run_command".',
  ],
  [/./, 'Check "run_command" and the options for volumes, devices and capabilities.'],
];

export const pushHints: Hints = [
  [
    /does not exist locally/i,
    'The image has no name in that registry yet: put "docker-tag" before it, in the same sequence.',
  ],
  [REACHABLE, "The registry cannot be reached: check the connection, a proxy, and whether it speaks HTTPS."],
  [/./, "Check that the name starts with the registry, and that this user may push there."],
];

// Arguments of `docker run` as the request that the program would make of them.

/** What an engine is asked for to create a container. */
export interface CreateRequest {
  readonly Image: string;
  readonly Cmd: readonly string[] | undefined;
  Entrypoint?: readonly string[] | undefined;
  User?: string | undefined;
  WorkingDir?: string | undefined;
  Tty: boolean;
  OpenStdin: boolean;
  readonly Env: string[];
  readonly Labels: Record<string, string>;
  readonly HostConfig: {
    readonly Binds: string[];
    readonly CapAdd: string[];
    readonly CapDrop: string[];
    readonly Devices: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[];
    readonly Tmpfs: Record<string, string>;
    readonly RestartPolicy: { readonly Name: "no" };
    Privileged: boolean;
    NetworkMode?: string | undefined;
    Runtime?: string | undefined;
  };
}

/** What the flags before the image say. */
interface Flags {
  readonly request: Omit<CreateRequest, "Image" | "Cmd">;
  isDetached: boolean;
}

/** Takes a flag's value; false when only the program knows what to make of it. */
type Take = (flags: Flags, value: string) => boolean;

/** The request; `undefined` where the program does more than that, or knows better what is meant. */
export function parseRun(args: readonly string[]): CreateRequest | undefined {
  const flags = noFlags();
  let at = 0;
  for (; at < args.length && args[at]?.startsWith("-") && args[at] !== "--"; at++) {
    const [, flag = "", given] = /^(--[a-z-]+|-[a-z]+)(?:=(.*))?$/s.exec(args[at] ?? "") ?? [];
    if (given === undefined && switchOn(flags, flag)) {
      continue;
    }
    const take = valued[flag];
    const value = given ?? args[++at];
    // `-e=K=V` means something else than `--env=K=V`.
    const isClear = given === undefined || flag.startsWith("--");
    if (take === undefined || value === undefined || !isClear || !take(flags, value)) {
      return undefined;
    }
  }
  const [image = "", ...command] = args.slice(args[at] === "--" ? at + 1 : at);
  // Attached, the program has a terminal to care for.
  if (!flags.isDetached || image === "") {
    return undefined;
  }
  return { ...flags.request, Image: image, Cmd: command.length === 0 ? undefined : command };
}

function noFlags(): Flags {
  const lists = { Binds: [], CapAdd: [], CapDrop: [], Devices: [], Tmpfs: {} };
  const host: CreateRequest["HostConfig"] = { ...lists, RestartPolicy: { Name: "no" }, Privileged: false };
  return { request: { Tty: false, OpenStdin: false, Env: [], Labels: {}, HostConfig: host }, isDetached: false };
}

/** Flags without a value, also several in one. */
function switchOn(flags: Flags, flag: string): boolean {
  if (flag === "--privileged") {
    flags.request.HostConfig.Privileged = true;
    return true;
  }
  const letters = long[flag] ?? flag;
  if (!/^-[dit]+$/.test(letters)) {
    return false;
  }
  flags.isDetached ||= letters.includes("d");
  flags.request.OpenStdin ||= letters.includes("i");
  flags.request.Tty ||= letters.includes("t");
  return true;
}

const long: Readonly<Record<string, string>> = { "--detach": "-d", "--interactive": "-i", "--tty": "-t" };

const takeVolume: Take = ({ request }, value) => {
  // Others are relative paths, names of volumes and what Windows has.
  const isPlain = /^\/[^:]*:\/[^:]*(:[a-z,]+)?$/.test(value);
  request.HostConfig.Binds.push(value);
  return isPlain;
};

const takeVariable: Take = ({ request }, value) => {
  request.Env.push(value);
  // A name alone stands for what the program itself has.
  return /^[^=]+=/.test(value);
};

const takeLabel: Take = ({ request }, value) => {
  const [, name = "", text = ""] = /^([^=]+)=(.*)$/s.exec(value) ?? [];
  request.Labels[name] = text;
  return name !== "";
};

const takeDevice: Take = ({ request }, value) => {
  request.HostConfig.Devices.push({ PathOnHost: value, PathInContainer: value, CgroupPermissions: "rwm" });
  return /^\/dev\/[\w./-]+$/.test(value);
};

const takeTmpfs: Take = ({ request }, value) => {
  const [, folder = "", options = ""] = /^([^:]*)(?::(.*))?$/s.exec(value) ?? [];
  request.HostConfig.Tmpfs[folder] = options;
  return folder.startsWith("/");
};

const takeUser: Take = ({ request }, value) => {
  request.User = value;
  return true;
};

const takeFolder: Take = ({ request }, value) => {
  request.WorkingDir = value;
  return true;
};

const takeNetwork: Take = ({ request }, value) => {
  request.HostConfig.NetworkMode = value;
  // In one of the user's own it has names and addresses, too.
  return ["none", "host", "bridge"].includes(value);
};

const valued: Readonly<Record<string, Take>> = {
  "--volume": takeVolume,
  "-v": takeVolume,
  "--env": takeVariable,
  "-e": takeVariable,
  "--label": takeLabel,
  "-l": takeLabel,
  "--device": takeDevice,
  "--tmpfs": takeTmpfs,
  "--network": takeNetwork,
  "--net": takeNetwork,
  "--user": takeUser,
  "-u": takeUser,
  "--workdir": takeFolder,
  "-w": takeFolder,
  "--cap-add": ({ request }, value) => request.HostConfig.CapAdd.push(value) > 0,
  "--cap-drop": ({ request }, value) => request.HostConfig.CapDrop.push(value) > 0,
  "--entrypoint"({ request }, value) {
    request.Entrypoint = [value];
    return true;
  },
  "--runtime"({ request }, value) {
    request.HostConfig.Runtime = value;
    return true;
  },
};

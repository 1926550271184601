// What is read from an engine's long description of a container.
import type { ContainerFacts } from "./container-contract.ts";

interface Description {
  readonly Id?: string | undefined;
  readonly Image?: string | undefined;
  readonly State?: { readonly Running?: boolean | undefined };
  readonly Config?: { readonly User?: string | undefined; readonly Entrypoint?: readonly string[] | null | undefined };
  readonly Mounts?: readonly { readonly Type?: string | undefined; readonly Destination?: string | undefined }[] | null;
  readonly HostConfig?: {
    readonly Privileged?: boolean | undefined;
    readonly Runtime?: string | undefined;
    readonly DeviceRequests?: readonly unknown[] | null | undefined;
    readonly CapAdd?: readonly string[] | null | undefined;
    readonly Tmpfs?: Readonly<Record<string, string>> | null | undefined;
  };
  readonly NetworkSettings?: {
    readonly IPAddress?: string | undefined;
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string | undefined }>>;
  };
}

/** The few facts that matter here. */
export function readContainerFacts(description: unknown): ContainerFacts {
  const { Id, Image, State, Config, Mounts, HostConfig, NetworkSettings } = (description ?? {}) as Description;
  const networks = Object.values(NetworkSettings?.Networks ?? {});
  const mounted = (isMemory: boolean): readonly string[] =>
    (Mounts ?? [])
      .filter(({ Type }) => (Type === "tmpfs") === isMemory)
      .flatMap(({ Destination }) => Destination ?? []);
  return {
    id: Id ?? "",
    image: Image ?? "",
    running: State?.Running === true,
    user: Config?.User ?? "",
    entrypoint: Config?.Entrypoint ?? [],
    address:
      NetworkSettings?.IPAddress ||
      networks.map((network) => network.IPAddress ?? "").find((address) => address !== "") ||
      "",
    mounts: mounted(false),
    tmpfs: [...mounted(true), ...Object.keys(HostConfig?.Tmpfs ?? {})],
    isForeign:
      !/^(io\.containerd\.)?runc(\.v2)?$/.test(HostConfig?.Runtime ?? "") || !!HostConfig?.DeviceRequests?.length,
    mayMount:
      HostConfig?.Privileged === true ||
      (HostConfig?.CapAdd ?? []).some((name) => /^(CAP_)?(SYS_ADMIN|ALL)$/i.test(name)),
  };
}

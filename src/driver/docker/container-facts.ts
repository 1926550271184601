// What is read from an engine's long description of a container.
import type { ContainerFacts } from "./container-contract.ts";

interface Description {
  readonly Id: string;
  readonly Image?: string;
  readonly State?: { readonly Running?: boolean };
  readonly Config?: { readonly User?: string };
  readonly NetworkSettings?: {
    readonly IPAddress?: string;
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
  };
}

/** The few facts that matter here. */
export function containerFacts(description: unknown): ContainerFacts {
  const { Id, Image, State, Config, NetworkSettings } = description as Description;
  const networks = Object.values(NetworkSettings?.Networks ?? {});
  return {
    id: Id,
    image: Image ?? "",
    running: State?.Running === true,
    user: Config?.User ?? "",
    address: NetworkSettings?.IPAddress || networks.map((network) => network.IPAddress ?? "").find((address) => address !== "") || "",
  };
}

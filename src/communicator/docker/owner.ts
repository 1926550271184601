// Who uploaded files belong to: the user that the container's commands run as.
import { failure } from "../../diagnostic/build-error.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";
import { KeptWords } from "./kept-words.ts";

/** The ids of an owner, where they are known without looking into the container. */
export interface OwnerIds {
  readonly uid: number;
  readonly gid: number;
}

/** As `chown` takes it: `root`, `app`, `1000`, `app:staff`. */
export async function findOwner(container: DockerContainer, signal: AbortSignal): Promise<string> {
  const facts = await container.facts(signal);
  if (facts === undefined) {
    throw failure("environment", "docker/stopped", `The container ${container.id} does not exist any more`, {
      hint: "Something else removed it.",
    });
  }
  return facts.user || "root";
}

/** Ids for the archive that carries a file, which saves a command inside; `undefined` when a name must be looked up there. */
export function parseIds(owner: string): OwnerIds | undefined {
  const [user = "", group = ""] = owner.split(":");
  const uid = parseId(user);
  const gid = parseId(group === "" ? "root" : group);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function parseId(name: string): number | undefined {
  if (name === "root") {
    return 0;
  }
  return /^\d+$/.test(name) ? Number(name) : undefined;
}

/** Gives everything at `path` to `owner`, as Packer does it. */
export async function chown(
  container: DockerContainer,
  owner: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const said = new KeptWords();
  const command = ["/bin/sh", "-c", `chown -R ${owner} ${quote(path)}`];
  const code = await container.exec({ command, user: "root" }, { stdout: said.take, stderr: said.take }, signal);
  if (code === 0) {
    return;
  }
  throw failure("provisioner", "docker/owner", `Failed to set the owner of the uploaded files at ${path}`, {
    detail: said.text().trim() || `chown ended with exit status ${code}.`,
    hint: 'Set "fix_upload_owner" to false to leave owners as they are.',
  });
}

/** A path as one word of a shell command. */
function quote(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'"'"'`)}'`;
}
